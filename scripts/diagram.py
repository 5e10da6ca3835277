"""Write the life of a task into the architecture documents, from the table of transitions that the code obeys."""

import re
from pathlib import Path

from hounsfield.tasks.transitions import ENDED, TRANSITIONS, Status

DOCS = Path(__file__).resolve().parent.parent / "docs"
DOCUMENTS = (DOCS / "architecture.md", DOCS / "architecture.zh-CN.md")
BEGIN, END = "<!-- transitions: begin -->", "<!-- transitions: end -->"
_BLOCK = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)


def diagram() -> str:
    """Return the table as a mermaid state diagram."""
    steps = [f"[*] --> {Status.CREATED}"]
    for origin, targets in TRANSITIONS.items():
        steps += [f"{origin} --> {target}" for target in Status if target in targets]
        if origin in ENDED:
            steps.append(f"{origin} --> [*]")
    return "\n".join(["```mermaid", "stateDiagram-v2", *(f"    {step}" for step in steps), "```"])


def rewritten(text: str) -> str:
    """Return a document with the diagram between its markers renewed."""
    block = f"{BEGIN}\n{diagram()}\n{END}"
    new, count = _BLOCK.subn(lambda _: block, text)
    if count != 1:
        raise ValueError(f"a document needs {BEGIN} and {END} once")
    return new


def main() -> None:
    for document in DOCUMENTS:
        document.write_text(rewritten(document.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()

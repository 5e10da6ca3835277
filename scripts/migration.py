"""Draft a migration from the difference between the models and the newest migration (on a scratch SQLite database)."""

import sys
import tempfile

from alembic import command
from alembic.config import Config

from hounsfield.cli.migrate import SCRIPTS
from hounsfield.kit.db import Database


def main() -> None:
    what, number = sys.argv[1], len(list((SCRIPTS / "versions").glob("[0-9]*.py"))) + 1
    with tempfile.TemporaryDirectory() as folder:
        db = Database(f"sqlite:///{folder}/scratch.db")
        config = Config()
        config.set_main_option("script_location", str(SCRIPTS))
        config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
        with db.engine.connect() as connection:
            config.attributes["connection"] = connection
            if number > 1:
                command.upgrade(config, "head")
            command.revision(config, what, autogenerate=True, rev_id=f"{number:04d}")


if __name__ == "__main__":
    main()

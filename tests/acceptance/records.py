"""What an archive holds besides images: patients, visits, rules, nodes and exports, so that their pages are not empty."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.acceptance.people import Person


def fill(admin: Person, study_uid: str) -> dict[str, str]:
    """Make a few of everything, and return the addresses of the pages that show them."""
    patient = admin.post(
        "/patients",
        {
            "name": "赵敏",
            "sex": "F",
            "birth_date": "19870309",
            "phone": "13800138000",
            "notes": "Allergic to iodine.",
        },
    )
    for days, reason in ((-40, "Back pain after a fall"), (3, "Follow-up")):
        admin.post(f"/patients/{patient['patient_id']}/visits", _visit(days, reason))
    study = admin.get(f"/studies/{study_uid}")
    project = admin.post("/deid-projects", {"name": "Spine study", "prefix": "SPINE"})
    for wish in ({"form": "dicomdir"}, {"project_id": project["project_id"]}):
        admin.post("/exports", {"study_uids": [study_uid], "name": "For the conference", **wish})
    node = admin.post(
        "/admin/dicom-nodes",
        {"ae_title": "CT_ROOM_2", "host": "192.0.2.17", "description": "Scanner, room 2"},
    )
    admin.post("/dicomweb-peers", {"name": "Teaching archive", "url": "https://teaching.example/dicom-web"})
    admin.post("/rules", _rule(project["project_id"]))
    return {
        "patients": "/patients",
        "patient": f"/patients/{study['patient_id']}",
        "patient-visits": f"/patients/{patient['patient_id']}",
        "archive-exports": "/archive",
        "archive-trash": "/archive?tab=trash",
        "archive-retention": "/archive?tab=retention",
        "archive-storage": "/archive?tab=storage",
        "rules": "/admin/rules",
        "dicom-nodes": "/admin/dicom-nodes",
        "dicom-node-search": f"/admin/dicom-nodes/{node['id']}/search",
        "audit": "/admin/audit",
    }


def _visit(days: int, reason: str) -> dict[str, Any]:
    starts = datetime.now(UTC) + timedelta(days=days)
    return {
        "type": "OUTPATIENT",
        "department": "Radiology",
        "doctor": "Chen Jie",
        "reason": reason,
        "starts_at": starts.isoformat(),
    }


def _rule(project_id: str) -> dict[str, Any]:
    return {
        "name": "Thin CT of the abdomen",
        "conditions": {"modality": ["CT"], "body_part": "ABD*", "min_slices": 80},
        "actions": [
            {"kind": "notify", "roles": ["DOCTOR"]},
            {"kind": "deidentify", "project_id": project_id},
        ],
    }

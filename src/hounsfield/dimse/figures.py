"""What the DICOM network did in this process, for Prometheus."""

from prometheus_client import Counter, Gauge, Histogram

from hounsfield.kit.metrics import LONG

ASSOCIATIONS = Counter(
    "hounsfield_dimse_associations",
    "Associations by how they ended: released, aborted, refused, …",
    ["outcome"],
)
OPEN = Gauge("hounsfield_dimse_associations_open", "Associations at this moment")
OPERATIONS = Counter("hounsfield_dimse_operations", "Operations answered", ["operation", "status"])
OPERATION_SECONDS = Histogram(
    "hounsfield_dimse_operation_seconds", "Until the last answer", ["operation"], buckets=LONG
)
STORED = Counter("hounsfield_dimse_instances_received", "Objects that arrived", ["outcome"])
STORED_BYTES = Counter("hounsfield_dimse_bytes_received", "Bytes of objects that were kept")
SENT = Counter("hounsfield_dimse_instances_sent", "Objects sent to others", ["outcome"])

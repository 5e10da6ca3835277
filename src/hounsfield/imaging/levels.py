"""To which level of the DICOM model (patient, study, series) an attribute belongs, as far as queries ask for it.

From the modules of PS3.3 C.7.1 to C.7.5; tags as DICOM JSON writes them.
"""

from typing import Final

from pydicom.datadict import tag_for_keyword


def _tags(keywords: str) -> frozenset[str]:
    found = {keyword: tag_for_keyword(keyword) for keyword in keywords.split()}
    assert None not in found.values(), found
    return frozenset(f"{tag:08X}" for tag in found.values())


STUDY_ATTRIBUTES: Final = _tags("""
    SpecificCharacterSet TimezoneOffsetFromUTC
    PatientName PatientID IssuerOfPatientID IssuerOfPatientIDQualifiersSequence PatientBirthDate PatientBirthTime
    PatientSex OtherPatientIDsSequence OtherPatientNames EthnicGroup PatientComments PatientSpeciesDescription
    PatientIdentityRemoved DeidentificationMethod DeidentificationMethodCodeSequence
    StudyInstanceUID StudyDate StudyTime StudyID AccessionNumber IssuerOfAccessionNumberSequence StudyDescription
    ReferringPhysicianName ConsultingPhysicianName PhysiciansOfRecord NameOfPhysiciansReadingStudy
    RequestingService ProcedureCodeSequence ReferencedStudySequence ReasonForPerformedProcedureCodeSequence
    AdmittingDiagnosesDescription PatientAge PatientSize PatientWeight Occupation AdditionalPatientHistory
    AdmissionID ServiceEpisodeID PatientSexNeutered ReasonForVisit
""")
SERIES_ATTRIBUTES: Final = STUDY_ATTRIBUTES | _tags("""
    Modality SeriesInstanceUID SeriesNumber Laterality SeriesDate SeriesTime PerformingPhysicianName ProtocolName
    SeriesDescription SeriesDescriptionCodeSequence OperatorsName ReferencedPerformedProcedureStepSequence
    BodyPartExamined PatientPosition RequestAttributesSequence PerformedProcedureStepID
    PerformedProcedureStepStartDate PerformedProcedureStepStartTime PerformedProcedureStepEndDate
    PerformedProcedureStepEndTime PerformedProcedureStepDescription PerformedProtocolCodeSequence
    CommentsOnThePerformedProcedureStep AnatomicalOrientationType
    FrameOfReferenceUID PositionReferenceIndicator SynchronizationFrameOfReferenceUID
    Manufacturer InstitutionName InstitutionAddress StationName InstitutionalDepartmentName ManufacturerModelName
    DeviceSerialNumber SoftwareVersions SpatialResolution DateOfLastCalibration TimeOfLastCalibration
""")

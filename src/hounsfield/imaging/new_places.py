"""Studies and series that are not there yet, made for the first instance that belongs to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hounsfield.dicom.attributes import InstanceHeader
from hounsfield.imaging.models import Series, Study, StudyOwner
from hounsfield.patients.models import Patient
from hounsfield.patients.schedule import performed
from hounsfield.patients.service import match_or_create, surviving

Pair = tuple[str, str]  # StudyInstanceUID, SeriesInstanceUID


@dataclass
class Founder:
    """Makes the places of one organization, within one transaction.

    New studies are those of `patient_id` where that is given, else of whom their files name.
    """

    _session: Session
    _organization_id: str
    _owner_id: str | None
    _source: str
    _patient_id: str | None = None
    _studies: dict[str, Study] = field(default_factory=dict)

    def make(self, wanted: Mapping[Pair, InstanceHeader]) -> dict[Pair, Series | None]:
        """Return the series of each pair of UIDs, or None where somebody has made it in another study meanwhile."""
        found: dict[Pair, Series | None] = {}
        for pair in sorted(wanted):  # so that everybody locks in the same order
            if pair[0] not in self._studies:
                self._studies[pair[0]] = self._study(wanted[pair])
            found[pair] = self._series(self._studies[pair[0]], wanted[pair])
        self._own()
        self._session.flush()
        return found

    def _own(self) -> None:
        for study in self._studies.values() if self._owner_id else ():
            if self._session.get(StudyOwner, (study.id, self._owner_id)) is None:
                self._session.add(StudyOwner(study_id=study.id, user_id=self._owner_id))

    def _study(self, header: InstanceHeader) -> Study:
        query = (
            select(Study)
            .where(Study.organization_id == self._organization_id, Study.study_uid == header.StudyInstanceUID)
            .with_for_update()
        )
        study = self._session.scalar(query)
        if study is None:
            made = self._new_study(header)
            try:
                with self._session.begin_nested():
                    self._session.add(made)
                study = made
            except IntegrityError:  # somebody else was faster
                study = self._session.execute(query).scalar_one()
        return study

    def _patient(self, header: InstanceHeader) -> Patient:
        if self._patient_id:
            return surviving(self._session, self._session.get_one(Patient, self._patient_id))
        return match_or_create(
            self._session,
            self._organization_id,
            # without a PatientID nothing ties two studies to one person, so each study is a patient of its own
            mrn=(header.PatientID or f"?{header.StudyInstanceUID}")[:64],
            issuer=(header.IssuerOfPatientID or "")[:64],
            name=(header.PatientName or "")[:200],
            sex=(header.PatientSex or "")[:16] or None,
            birth_date=header.PatientBirthDate,
            creator_id=self._owner_id,
        )

    def _new_study(self, header: InstanceHeader) -> Study:
        patient = self._patient(header)
        accession_number = (header.AccessionNumber or "")[:64]
        return Study(
            organization_id=self._organization_id,
            patient_id=patient.id,
            visit_id=performed(
                self._session,
                patient,
                study_uid=header.StudyInstanceUID,
                accession_number=accession_number,
            ),
            study_uid=header.StudyInstanceUID,
            study_date=header.StudyDate,
            study_time=(header.StudyTime or "")[:16] or None,
            accession_number=accession_number,
            study_code=(header.StudyID or "")[:64],
            referring_physician=(header.ReferringPhysicianName or "")[:200],
            description=(header.StudyDescription or "")[:200],
            modalities=[],
            series_count=0,
            instance_count=0,
            size_bytes=0,
        )

    def _series(self, study: Study, header: InstanceHeader) -> Series | None:
        query = (
            select(Series)
            .where(
                Series.organization_id == self._organization_id,
                Series.series_uid == header.SeriesInstanceUID,
            )
            .with_for_update()
        )
        series = self._session.scalar(query)
        if series is None:
            made = self._new_series(study, header)
            try:
                with self._session.begin_nested():
                    self._session.add(made)
            except IntegrityError:
                series = self._session.execute(query).scalar_one()
            else:
                study.series_count += 1
                study.modalities = sorted({*study.modalities, made.modality} - {""})
                return made
        return series if series.study_id == study.id else None

    def _new_series(self, study: Study, header: InstanceHeader) -> Series:
        return Series(
            organization_id=self._organization_id,
            study_id=study.id,
            series_uid=header.SeriesInstanceUID,
            modality=(header.Modality or "")[:16],
            number=header.SeriesNumber,
            description=(header.SeriesDescription or "")[:200],
            body_part=(header.BodyPartExamined or "")[:32],
            source=self._source[:64],
            instance_count=0,
            size_bytes=0,
            revision=0,
        )

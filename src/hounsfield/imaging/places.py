"""Where instances belong: their patient, study and series, found or made, locked and counted."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hounsfield.dicom.attributes import InstanceHeader
from hounsfield.imaging.models import Series, Study, StudyOwner
from hounsfield.kit.clock import utc_now
from hounsfield.patients.models import Patient
from hounsfield.patients.schedule import performed
from hounsfield.patients.service import match_or_create, surviving

Pair = tuple[str, str]  # StudyInstanceUID, SeriesInstanceUID


class Places:
    """The studies and series of one organization, within one transaction."""

    def __init__(
        self,
        session: Session,
        organization_id: str,
        owner_id: str | None,
        source: str,
        patient_id: str | None = None,
    ) -> None:
        """Begin; new studies are those of `patient_id` where that is given, else of whom their files name."""
        self._session, self._organization_id = session, organization_id
        self._owner_id, self._source, self._patient_id = owner_id, source, patient_id
        self._series_by_id: dict[str, Series] = {}
        # held here: a session forgets what nobody holds, and asks again
        self._study_by_id: dict[str, Study] = {}

    def of(self, headers: Iterable[InstanceHeader]) -> dict[Pair, Series | None]:
        """Return the locked series of each pair of UIDs, or None where that series belongs to another study."""
        first: dict[Pair, InstanceHeader] = {}
        for header in headers:
            first.setdefault((header.StudyInstanceUID, header.SeriesInstanceUID), header)
        homes = self._homes({series_uid for _, series_uid in first})
        for study_uid, series_uid in first:
            homes.setdefault(series_uid, study_uid)
        # sorted, so that everybody locks in the same order; no study is made for a series that is not its own
        own = sorted(pair for pair in first if homes[pair[1]] == pair[0])
        studies: dict[str, Study] = {}
        for study_uid, series_uid in own:
            if study_uid not in studies:
                studies[study_uid] = self._study(first[study_uid, series_uid])
        self._study_by_id |= {study.id: study for study in studies.values()}
        found: dict[Pair, Series | None] = dict.fromkeys(first)
        found |= {pair: self._series(studies[pair[0]], first[pair]) for pair in own}
        for series in found.values():
            if series is not None:
                self._series_by_id[series.id] = series
        self._own(study.id for study in studies.values())
        return found

    def _homes(self, series_uids: Collection[str]) -> dict[str, str]:
        """Return the study of each series that is known."""
        query = (
            select(Series.series_uid, Study.study_uid)
            .join(Study, Study.id == Series.study_id)
            .where(Series.organization_id == self._organization_id, Series.series_uid.in_(series_uids))
        )
        return {row.series_uid: row.study_uid for row in self._session.execute(query)}

    def own(self, series_ids: Collection[str]) -> None:
        """Let the owner see the studies of these series, of which they brought what was here already."""
        if series_ids and self._owner_id:
            query = select(Series.study_id).where(Series.id.in_(series_ids)).distinct()
            self._own(self._session.scalars(query).all())

    def _own(self, study_ids: Iterable[str]) -> None:
        if self._owner_id is None:
            return
        for study_id in study_ids:
            if self._session.get(StudyOwner, (study_id, self._owner_id)) is None:
                self._session.add(StudyOwner(study_id=study_id, user_id=self._owner_id))

    def count(self, added: Mapping[str, Sequence[int]]) -> None:
        """Count instances by their sizes; their series are to be looked at again when they have been quiet."""
        now = utc_now()
        for series_id, sizes in added.items():
            series = self._series_by_id[series_id]
            series.instance_count += len(sizes)
            series.size_bytes += sum(sizes)
            series.revision += 1
            series.changed_at, series.dirty_since = now, series.dirty_since or now
            study = self._study_by_id[series.study_id]
            study.instance_count += len(sizes)
            study.size_bytes += sum(sizes)
            study.received_at, study.settled_at = now, None
        self._session.flush()

    def bring_back(self, series_ids: Collection[str]) -> None:
        """Take studies out of the trash that somebody sends again: who sends a study wants it to be there."""
        locked = self._series_by_id.keys() >= set(series_ids)
        if not locked or any(study.deleted_at for study in self._study_by_id.values()):
            query = select(Series.study_id).where(Series.id.in_(series_ids)).distinct()
            self._session.execute(
                update(Study)
                .where(Study.id.in_(query), Study.deleted_at.is_not(None))
                .values(deleted_at=None, deleted_by=None, purge_at=None)
                .execution_options(synchronize_session=False)
            )

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

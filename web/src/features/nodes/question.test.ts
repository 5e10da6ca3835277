import { expect, test } from 'vitest'
import { dateRange, keysOf, namePattern, studyOf } from './question'

test.each([
  ['Houns', 'Houns*'],
  [' Hounsfield, Godfrey ', 'Hounsfield^Godfrey*'],
  ['Hounsfield^G', 'Hounsfield^G*'],
  ['Van der Berg', 'Van?der?Berg*'],
  ['*field', '*field'],
  ['Ho?nsfield^*', 'Ho?nsfield^*'],
  ['王小明', '*王*小*明*'],
  ['王，小明', '*王*小*明*'],
])('the name %s is looked for as %s', (typed, pattern) => {
  expect(namePattern(typed)).toBe(pattern)
})

test.each([
  [undefined, undefined, ''],
  ['2026-01-02', '2026-01-02', '20260102'],
  ['2026-01-02', '2026-02-01', '20260102-20260201'],
  ['2026-01-02', undefined, '20260102-'],
  [undefined, '2026-02-01', '-20260201'],
])('days from %s to %s are the range %s', (from, to, range) => {
  expect(dateRange(from, to)).toBe(range)
})

test('nothing but blanks is no question', () => {
  expect(keysOf({})).toBeUndefined()
  expect(keysOf({ name: ' ', patient_id: '' })).toBeUndefined()
})

test('a question has the keys that were filled in, and asks for the birth date', () => {
  expect(keysOf({ patient_id: ' P-1 ', modality: 'CT' })).toEqual({
    PatientBirthDate: '',
    PatientID: 'P-1',
    ModalitiesInStudy: 'CT',
  })
})

test('an answer is read whatever of it is missing', () => {
  expect(
    studyOf({ StudyInstanceUID: '1.2', ModalitiesInStudy: ['CT', 'SR'], NumberOfStudyRelatedInstances: '12' }, 0),
  ).toEqual({
    key: '0 1.2',
    uid: '1.2',
    name: '',
    patientId: '',
    birthDate: '',
    date: '',
    description: '',
    modalities: ['CT', 'SR'],
    images: 12,
    accession: '',
  })
  const bare = studyOf({ ModalitiesInStudy: 'MR', NumberOfStudyRelatedInstances: null, OtherPatientIDsSequence: {} }, 3)
  expect(bare).toMatchObject({ key: '3 ', uid: '', modalities: ['MR'], images: undefined })
})

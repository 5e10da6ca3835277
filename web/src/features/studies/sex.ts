import type { TFunction } from 'i18next'

/** PatientSex in words; what is none of DICOM's values stays as it is. */
export const sexWord = (t: TFunction<'studies'>, sex: string | null): string =>
  sex === 'M' || sex === 'F' || sex === 'O' ? t(`sexes.${sex}`) : (sex ?? '')

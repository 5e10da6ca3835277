import type { TFunction } from 'i18next'
import type { ModelPart } from './api'

const TISSUES = [
  'bone',
  'skin',
  'muscle',
  'fat',
  'lungs',
  'liver',
  'spleen',
  'kidney',
  'heart',
  'vessels',
  'airway',
  'brain',
  'colon',
  'teeth',
  'metal',
] as const

type Tissue = (typeof TISSUES)[number]
const isTissue = (name: string): name is Tissue => TISSUES.includes(name as Tissue)

/** The tissue in the reader's language, or what the algorithm called it. */
export function partName(part: Pick<ModelPart, 'tissue' | 'stl_name'>, t: TFunction<'models'>): string {
  if (isTissue(part.tissue)) return t(`tissue.${part.tissue}`)
  return part.tissue || part.stl_name.replace(/\.stl$/i, '')
}

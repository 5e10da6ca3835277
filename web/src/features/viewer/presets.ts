import { CT_PRESETS, protocolOf, type Stack, type Window } from '@/viewer/dicom'

/** The window that suits the part of the body which a stack shows. */
export function protocolPreset({ seriesUid, modality, description, bodyPart, number, images }: Stack): Window | null {
  const { preset } = protocolOf({
    series_uid: seriesUid,
    modality,
    description,
    body_part: bodyPart,
    number,
    instance_count: images.length,
  })
  return CT_PRESETS.find(({ name }) => name === preset) ?? null
}

/** The scanner's window, or one that suits the part of the body where it proposes none. */
export const usualWindow = (stack: Stack): Window | null =>
  stack.images[0]?.window ?? (stack.modality === 'CT' ? protocolPreset(stack) : null)

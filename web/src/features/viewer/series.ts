import { queryOptions } from '@tanstack/react-query'
import { fetchThumbnail, seriesMetadata, seriesPath, stacksOf } from '@/viewer/dicom'

/** The stacks of a series. Its metadata arrives when somebody wants to see it, not before. */
export const stacksQuery = (studyUid: string, seriesUid: string) =>
  queryOptions({
    queryKey: ['dicom', 'stacks', studyUid, seriesUid],
    queryFn: async ({ signal }) => stacksOf(seriesUid, await seriesMetadata(studyUid, seriesUid, signal)),
    staleTime: Infinity,
    structuralSharing: false,
  })

export const thumbnailQuery = (studyUid: string, seriesUid: string) =>
  queryOptions({
    queryKey: ['dicom', 'thumbnail', studyUid, seriesUid],
    queryFn: ({ signal }) => fetchThumbnail(seriesPath(studyUid, seriesUid), signal),
    staleTime: Infinity,
    retry: false,
  })

/** Series that hold no pictures: they are opened from elsewhere, or drawn over pictures. */
const NO_PICTURES = new Set(['SR', 'SEG', 'RTSTRUCT', 'RTPLAN', 'RTDOSE', 'PR', 'KO', 'REG', 'DOC', 'M3D'])

export const hasPictures = ({ modality }: { modality: string }): boolean => !NO_PICTURES.has(modality)

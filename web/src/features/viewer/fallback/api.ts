import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { send } from '@/lib/api/client'
import type { Window } from '@/viewer/dicom/windows'

export type Plane = 'stack' | 'axial' | 'coronal' | 'sagittal'
export type Projection = 'mip' | 'minip' | 'mean'

/** What the server is asked to draw. Without an index it is the middle, without a window the image's own. */
export interface PictureWish {
  seriesUid: string
  plane: Plane
  index: number | null
  /** Millimetres; 0 is a single slice. */
  slab: number
  mode: Projection
  window: Window | null
  invert: boolean
}

/** A picture and what the server says of it. Letters: left, right, top, bottom. */
export interface ServerPicture {
  blob: Blob
  index: number
  count: number
  letters: [string, string, string, string]
  window: Window | null
}

export const pictureQuery = (wish: PictureWish) =>
  queryOptions({
    queryKey: ['server-picture', wish],
    queryFn: ({ signal }) => draw(wish, signal),
    staleTime: Infinity,
    gcTime: 60_000,
    placeholderData: keepPreviousData,
    retry: false,
  })

async function draw(wish: PictureWish, signal: AbortSignal): Promise<ServerPicture> {
  const response = await send('GET', `/series/${wish.seriesUid}/render`, {
    signal,
    query: {
      plane: wish.plane,
      index: wish.index,
      slab: wish.slab || null,
      mode: wish.slab ? wish.mode : null,
      window: wish.window && `${wish.window.center},${wish.window.width}`,
      invert: wish.invert || null,
    },
  })
  const told = (name: string) => response.headers.get(`x-hounsfield-${name}`) ?? ''
  const [left = '', right = '', top = '', bottom = ''] = told('orientation').split(',')
  const [center, width] = told('window').split(',').map(Number)
  return {
    blob: await response.blob(),
    index: Number(told('index')),
    count: Number(told('count')),
    letters: [left, right, top, bottom],
    window: center === undefined || width === undefined ? null : { center, width },
  }
}

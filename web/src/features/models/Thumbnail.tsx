import { CubeIcon } from '@heroicons/react/24/solid'
import { useQuery } from '@tanstack/react-query'
import { useCallback } from 'react'
import { api } from '@/lib/api/client'

/** A picture behind the session's credential: an img element alone could not send it. */
export function Thumbnail({ url }: { url: string | null }) {
  const { data: blob } = useQuery({
    queryKey: ['model-thumbnail', url],
    queryFn: ({ signal }) => api.blob(url!, { signal }),
    enabled: url !== null,
    staleTime: Infinity,
    retry: false,
  })
  return (
    <div className="flex aspect-[4/3] items-center justify-center overflow-hidden rounded-t-md bg-[#0b1220]">
      {blob ? <Picture blob={blob} /> : <CubeIcon className="size-10 text-[#344257]" aria-hidden />}
    </div>
  )
}

function Picture({ blob }: { blob: Blob }) {
  const show = useCallback(
    (element: HTMLImageElement) => {
      const address = URL.createObjectURL(blob)
      element.src = address
      return () => URL.revokeObjectURL(address)
    },
    [blob],
  )
  return <img ref={show} alt="" className="size-full object-cover" />
}

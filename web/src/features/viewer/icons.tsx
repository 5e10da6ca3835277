import type { ReactNode, SVGProps } from 'react'
import type { Icon } from '@/components/ui'

/** Line drawings of the reader's tools, which Heroicons does not have; drawn on 20 units like its icons. */
const icon = (children: ReactNode): Icon =>
  function ToolIcon(props: SVGProps<SVGSVGElement>) {
    return (
      <svg
        viewBox="0 0 20 20"
        fill="none"
        stroke="currentColor"
        strokeWidth={1.6}
        strokeLinecap="round"
        strokeLinejoin="round"
        {...props}
      >
        {children}
      </svg>
    )
  }

export const WindowIcon = icon(
  <>
    <circle cx="10" cy="10" r="7" />
    <path d="M10 3a7 7 0 0 1 0 14z" fill="currentColor" />
  </>,
)
export const ScrollIcon = icon(
  <>
    <path d="M6 6h8v8H6zM4 9V4h5M16 11v5h-5" />
  </>,
)
export const PanIcon = icon(
  <path d="M10 2v16M2 10h16M10 2 8 4m2-2 2 2m-2 14-2-2m2 2 2-2M2 10l2-2m-2 2 2 2m14-2-2-2m2 2-2 2" />,
)
export const ZoomIcon = icon(
  <>
    <circle cx="9" cy="9" r="5.5" />
    <path d="m13.2 13.2 4.3 4.3M9 6.5v5M6.5 9h5" />
  </>,
)
export const RegionIcon = icon(
  <>
    <path d="M4 4h12v12H4z" strokeDasharray="2.5 2" />
    <path d="M7 13V9m3 4V6m3 7v-2" />
  </>,
)
export const CrosshairIcon = icon(
  <>
    <path d="M10 2v6m0 4v6M2 10h6m4 0h6" />
    <circle cx="10" cy="10" r="1" />
  </>,
)
export const LengthIcon = icon(<path d="M4 16 16 4M2.5 14.5l3 3m9-15 3 3" />)
export const AngleIcon = icon(<path d="M16 4 4 16h13M10.5 9.8A7 7 0 0 1 13 16" />)
export const EllipseIcon = icon(<ellipse cx="10" cy="10" rx="7.5" ry="5" />)
export const RectangleIcon = icon(<path d="M3 5h14v10H3z" />)
export const FreehandIcon = icon(<path d="M5 13c-3-4 1-9 5-8s8 1 7 5-5 2-6 5-4 1-6-2z" />)
export const PolygonIcon = icon(<path d="m10 3 7 5-2.5 8.5h-9L3 8z" />)
export const ArrowIcon = icon(<path d="M16 4 5 15M5 9v6h6" />)
export const TextIcon = icon(<path d="M4 5V3.5h12V5M10 3.5v13M7.5 16.5h5" />)
export const ProbeIcon = icon(
  <>
    <circle cx="10" cy="10" r="4.5" />
    <circle cx="10" cy="10" r=".8" fill="currentColor" />
    <path d="M10 2v3m0 10v3M2 10h3m10 0h3" />
  </>,
)
export const TurnIcon = icon(<path d="M15.5 6.5A7 7 0 1 0 17 10M16.5 2.5v4.5H12" />)
export const FlipIcon = icon(
  <>
    <path d="M10 2v16" strokeDasharray="2 2" />
    <path d="M7.5 5v10L2.5 15zM12.5 5v10l5 0z" />
  </>,
)
export const FlipUpIcon = icon(
  <>
    <path d="M2 10h16" strokeDasharray="2 2" />
    <path d="M5 7.5h10L15 2.5zM5 12.5h10l0 5z" />
  </>,
)
export const InvertIcon = icon(
  <>
    <path d="M3 3h14v14H3z" />
    <path d="M3 17 17 3v14z" fill="currentColor" />
  </>,
)
export const LinkIcon = icon(
  <path d="M8 12l4-4M8.5 5.5 10 4a4.2 4.2 0 0 1 6 6l-1.5 1.5M11.5 14.5 10 16a4.2 4.2 0 0 1-6-6l1.5-1.5" />,
)

/** A grid of panes. */
export const layoutIcon = (rows: number, columns: number): Icon =>
  icon(
    <>
      <path d="M3 4h14v12H3z" />
      {columns > 1 && <path d="M10 4v12" />}
      {rows > 1 && <path d="M3 10h14" />}
    </>,
  )

import type { SVGProps } from 'react'

/** A ruler: Heroicons has none. */
export function RulerIcon(props: SVGProps<SVGSVGElement>) {
  return (
    <svg viewBox="0 0 20 20" fill="currentColor" {...props}>
      <path
        fillRule="evenodd"
        clipRule="evenodd"
        d="M13.2 1.9a1.3 1.3 0 0 1 1.8 0l3.1 3.1a1.3 1.3 0 0 1 0 1.8L6.8 18.1a1.3 1.3 0 0 1-1.8 0L1.9 15a1.3 1.3 0 0 1 0-1.8L3.6 11.5l1.9 1.9.9-.9-1.9-1.9 1.6-1.6 2.7 2.7.9-.9-2.7-2.7 1.6-1.6 1.9 1.9.9-.9-1.9-1.9z"
      />
    </svg>
  )
}

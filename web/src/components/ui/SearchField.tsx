import { MagnifyingGlassIcon } from '@heroicons/react/20/solid'
import { useEffect, useState } from 'react'
import { cn } from '@/lib/cn'
import { Input } from './Field'

export interface SearchFieldProps {
  label: string
  placeholder?: string
  value: string
  /** Called once typing pauses. */
  onSearch: (text: string) => void
  className?: string
}

const PAUSE_MS = 300

export function SearchField({ label, placeholder, value, onSearch, className }: SearchFieldProps) {
  const [text, setText] = useState(value)
  const [shown, setShown] = useState(value)
  if (shown !== value) {
    // The filter was changed elsewhere: by the back button, or by clearing all.
    setShown(value)
    setText(value)
  }
  useEffect(() => {
    if (text === value) return
    const timer = setTimeout(() => onSearch(text), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text, value, onSearch])
  return (
    <div className={cn('relative', className)}>
      <MagnifyingGlassIcon className="pointer-events-none absolute top-2 left-2 size-4 text-grey" aria-hidden />
      <Input
        type="search"
        aria-label={label}
        placeholder={placeholder ?? label}
        className="pl-7.5"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </div>
  )
}

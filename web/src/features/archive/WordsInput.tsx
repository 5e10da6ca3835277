import { useState } from 'react'
import { Input, type InputProps } from '@/components/ui'

export interface WordsInputProps extends Omit<InputProps, 'value' | 'onChange'> {
  words: string[]
  onWords: (words: string[]) => void
}

/** Words with spaces or commas between them; what is typed stays as it is, or no space could ever be typed. */
export function WordsInput({ words, onWords, ...rest }: WordsInputProps) {
  const [text, setText] = useState(words.join(' '))
  const type = (next: string) => {
    setText(next)
    onWords(next.split(/[\s,]+/).filter(Boolean))
  }
  return <Input {...rest} value={text} onChange={(event) => type(event.target.value)} />
}

import { useMemo, useState } from 'react'
import type { ModelPart } from './api'
import { merge, withChanges, type Changes } from './looks'

/**
 * The person's changes over the parts as they came. They are state of the page and not of the query cache, whose news
 * reach a component a moment later: a slider would jump back under the finger.
 */
export function useEdits(parts: ModelPart[] | undefined) {
  const [edits, setEdits] = useState<Changes>(new Map())
  const edited = useMemo(() => parts && withChanges(parts, edits), [parts, edits])
  return {
    parts: edited,
    edit: (changes: Changes) => setEdits((before) => merge(before, changes)),
    forget: () => setEdits(new Map()),
  }
}

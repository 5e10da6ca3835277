import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { algorithmsQuery, type Order } from '@/lib/api/orders'
import type { Algorithm } from '@/lib/api'
import { findFaults, initialValues, parameterFields, type Values } from '@/lib/schema'

/** What is about to be ordered, kept per algorithm so that trying another one loses nothing. */
export interface Draft {
  algorithm: string | null
  name: string
  values: Record<string, Values>
}

export const BLANK: Draft = { algorithm: null, name: '', values: {} }

export function useDraft(draft: Draft) {
  // Whoever orders sees today's price.
  const query = useQuery({ ...algorithmsQuery, refetchOnMount: 'always' })
  const algorithms = query.data?.items
  const algorithm =
    algorithms?.find(({ name }) => name === draft.algorithm) ??
    algorithms?.find(({ available }) => available) ??
    algorithms?.[0]
  const fields = useMemo(() => (algorithm ? parameterFields(algorithm.parameters) : []), [algorithm])
  const values = (algorithm && draft.values[algorithm.name]) ?? initialValues(fields)
  const [showFaults, setShowFaults] = useState(false)
  const faults = findFaults(fields, values)

  /** The order, or null when the form first has to be put right. */
  const complete = (): Order | null => {
    setShowFaults(true)
    if (!algorithm || Object.keys(faults).length > 0) return null
    return { task_type: algorithm.name, name: draft.name.trim(), parameters: values }
  }
  return { query, algorithms, algorithm, fields, values, faults: showFaults ? faults : {}, complete }
}

export const withAlgorithm = (draft: Draft, algorithm: Algorithm): Draft => ({ ...draft, algorithm: algorithm.name })

export const withValues = (draft: Draft, algorithm: Algorithm, values: Values): Draft => ({
  ...draft,
  algorithm: algorithm.name,
  values: { ...draft.values, [algorithm.name]: values },
})

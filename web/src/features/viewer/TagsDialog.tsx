import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Dialog, Input } from '@/components/ui'
import { number } from '@/lib/format'
import { loadKeywords, matchingRows, tagRows, type Engine } from '@/viewer/dicom'
import { reading, useReading } from './state'

const MOST_ROWS = 400

/** All attributes of the image that is shown. */
export function TagsDialog({ engine }: { engine: Engine | null }) {
  const { t } = useTranslation('viewer')
  const open = useReading((state) => state.dialog === 'tags')
  return (
    <Dialog open={open} onClose={() => reading.dialog(null)} title={t('keys.command.tags')} className="max-w-4xl">
      {open && <Tags engine={engine} />}
    </Dialog>
  )
}

function Tags({ engine }: { engine: Engine | null }) {
  const { t } = useTranslation('viewer')
  const active = useReading((state) => state.active)
  const [word, setWord] = useState('')
  const keywords = useQuery({ queryKey: ['dicom', 'keywords'], queryFn: loadKeywords, staleTime: Infinity }).data
  const dataset = engine
    ?.panes()
    .find(({ id }) => id === `pane-${active}`)
    ?.readout().image?.dataset
  const rows = useMemo(() => (dataset && keywords ? tagRows(dataset, keywords) : []), [dataset, keywords])
  const found = matchingRows(rows, word)
  return (
    <div className="flex flex-col gap-3">
      <form role="search" className="flex items-center gap-3" onSubmit={(event) => event.preventDefault()}>
        <Input
          type="search"
          value={word}
          onChange={(event) => setWord(event.target.value)}
          placeholder={t('tags.search')}
          aria-label={t('tags.search')}
          autoFocus
        />
        <span role="status" className="tnum shrink-0 text-xs text-muted">
          {t('tags.found', { shown: number(found.length), count: rows.length })}
        </span>
      </form>
      <div
        className="h-[60dvh] overflow-auto rounded-md border border-line"
        tabIndex={0}
        role="region"
        aria-label={t('keys.command.tags')}
      >
        <table className="w-full border-collapse text-left text-xs">
          <thead className="sticky top-0 bg-sunken text-muted">
            <tr>
              <th className="px-2 py-1.5 font-medium">{t('tags.tag')}</th>
              <th className="px-2 py-1.5 font-medium">{t('tags.name')}</th>
              <th className="px-2 py-1.5 font-medium">VR</th>
              <th className="px-2 py-1.5 font-medium">{t('tags.value')}</th>
            </tr>
          </thead>
          <tbody>
            {found.slice(0, MOST_ROWS).map((row) => (
              <tr key={row.path} className="border-t border-line align-top">
                <td className="tnum px-2 py-1 whitespace-nowrap text-muted">
                  <span className={INDENT[Math.min(row.depth, 3)]}>{row.tag}</span>
                </td>
                <td className="px-2 py-1">{row.keyword}</td>
                <td className="px-2 py-1 text-muted">{row.vr}</td>
                <td className="px-2 py-1 break-all">{row.value}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {found.length > MOST_ROWS && <p className="p-2 text-xs text-muted">{t('tags.more')}</p>}
      </div>
    </div>
  )
}

const INDENT = ['', 'pl-3', 'pl-6', 'pl-9']

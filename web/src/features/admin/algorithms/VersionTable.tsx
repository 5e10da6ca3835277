import { BeakerIcon } from '@heroicons/react/24/solid'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Badge, Button, DataTable, EmptyState, type Column } from '@/components/ui'
import type { ManagedAlgorithm, ModelVersion } from '@/lib/api'
import { bytes, dateTime, number, shortDateTime } from '@/lib/format'
import { VersionDialog } from './VersionDialog'

export function VersionTable({ algorithm, name }: { algorithm: ManagedAlgorithm; name: string }) {
  const { t } = useTranslation(['algorithms', 'common'])
  const [asked, setAsked] = useState<ModelVersion>()
  const change = (version: ModelVersion) =>
    version.source === 'onnx' && (
      <Button
        size="sm"
        aria-label={t('version.changeOf', { name, version: version.version })}
        onClick={() => setAsked(version)}
      >
        {t('version.change')}
      </Button>
    )
  const columns: Column<ModelVersion>[] = [
    { key: 'version', header: t('version.version'), className: 'font-medium', cell: ({ version }) => version },
    { key: 'state', header: t('version.state'), cell: (version) => <State version={version} /> },
    {
      key: 'share',
      header: t('version.share'),
      align: 'right',
      className: 'whitespace-nowrap',
      cell: ({ share_percent }) => `${number(share_percent)} %`,
    },
    { key: 'model', header: t('version.model'), className: 'w-full', cell: (version) => <Facts version={version} /> },
    {
      key: 'added',
      header: t('version.added'),
      className: 'tnum whitespace-nowrap text-muted',
      cell: (version) => <Added version={version} />,
    },
    { key: 'change', header: t('common:list.actions'), quiet: true, cell: change, className: 'w-0 text-right' },
  ]
  return (
    <>
      <DataTable
        label={t('version.versionsOf', { name })}
        columns={columns}
        rows={algorithm.versions}
        rowKey={({ version }) => version}
        card={(version) => (
          <div className="flex flex-col gap-1.5 px-4 py-3">
            <div className="flex flex-wrap items-center gap-2">
              <span className="font-medium">{version.version}</span>
              <State version={version} />
              <span className="tnum text-xs text-muted">
                {t('version.share')} {number(version.share_percent)} %
              </span>
            </div>
            <Facts version={version} />
            <div className="flex items-center gap-3">
              <p className="tnum min-w-0 flex-1 text-xs text-muted">
                <Added version={version} />
              </p>
              {change(version)}
            </div>
          </div>
        )}
        empty={<EmptyState icon={BeakerIcon} title={t('version.none')} />}
      />
      {asked && <VersionDialog version={asked} name={name} onClose={() => setAsked(undefined)} />}
    </>
  )
}

function State({ version }: { version: ModelVersion }) {
  const { t } = useTranslation('algorithms')
  if (version.state === 'DISABLED') return <Badge>{t('state.DISABLED')}</Badge>
  if (version.shadow) return <Badge tone="blue">{t('state.shadow')}</Badge>
  if (version.canary_percent > 0)
    return <Badge tone="amber">{t('state.canary', { share: number(version.canary_percent) })}</Badge>
  if (version.source === 'engine' && version.share_percent === 0) return <Badge>{t('state.earlier')}</Badge>
  return <Badge tone="green">{t('state.ENABLED')}</Badge>
}

/** What the check found out, and the hash by which a result can be traced to the file. */
function Facts({ version }: { version: ModelVersion }) {
  const { t } = useTranslation('algorithms')
  if (version.source === 'engine') return <span className="text-xs text-muted">{t('version.withEngines')}</span>
  const { facts, model_sha256: sha256 } = version
  const known = [
    bytes(version.model_size),
    facts?.parameters !== undefined && t('version.weights', { shown: number(facts.parameters) }),
    facts?.opset !== undefined && `opset ${facts.opset}`,
    Number(facts?.window_seconds) >= 0.01 && t('version.window', { shown: number(facts?.window_seconds ?? 0, 2) }),
  ]
  return (
    <p className="tnum text-xs text-muted">
      {known.filter(Boolean).join(' · ')}
      {sha256 && (
        <span title={sha256} className="ml-1.5 font-mono">
          {sha256.slice(0, 12)}
        </span>
      )}
    </p>
  )
}

function Added({ version }: { version: ModelVersion }) {
  const { t } = useTranslation('algorithms')
  return (
    <span title={dateTime(version.created_at)}>
      {shortDateTime(version.created_at)} · {version.created_by ?? t('version.byEngine')}
    </span>
  )
}

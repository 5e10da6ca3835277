import { CheckCircleIcon, XCircleIcon } from '@heroicons/react/16/solid'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Button, useErrorText } from '@/components/ui'
import { echoNode, type DicomNode } from '@/lib/api/nodes'

/** Calls a node now and says beside the button what happened. */
export function EchoButton({ node }: { node: DicomNode }) {
  const { t } = useTranslation('nodes')
  const echo = useMutation({ mutationFn: () => echoNode(node.id) })
  const failure = useErrorText(echo.error)
  const ok = echo.data?.ok
  const said = echo.data ? echo.data.message : echo.error ? (failure.detail ?? failure.title) : undefined
  return (
    <span className="flex items-center gap-2">
      <span role="status" className="flex items-start gap-1 text-xs text-wrap">
        {said && !echo.isPending && (
          <>
            {ok ? (
              <CheckCircleIcon className="size-4 shrink-0 text-green" aria-hidden />
            ) : (
              <XCircleIcon className="size-4 shrink-0 text-red" aria-hidden />
            )}
            {/* without a width of its own a text that may break anywhere stands one letter to a line */}
            <span className={`w-48 ${ok ? 'text-muted' : 'text-red-text'}`}>
              {said} {ok && t('took', { ms: Math.round((echo.data?.seconds ?? 0) * 1000) })}
            </span>
          </>
        )}
      </span>
      <Button
        size="sm"
        disabled={!node.host}
        busy={echo.isPending}
        aria-label={t('echoOf', { title: node.ae_title })}
        onClick={() => echo.mutate()}
      >
        {t('echo')}
      </Button>
    </span>
  )
}

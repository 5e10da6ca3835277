import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react'
import { imageIdOf, type Engine, type Mark, type StoredMark } from '@/viewer/dicom'
import { deleteMark, keepMark, marksKey, marksQuery, type KeptMark } from './api'
import { createMarkSaver, type MarkSaver, type SaveState } from './markSaver'
import { stacksQuery } from './series'

export interface MarksHere {
  marks: Mark[]
  /** What the platform knows of a mark: who drew it, whether it is from a report. */
  kept: ReadonlyMap<string, KeptMark>
  save: SaveState
}

const NOTHING = () => () => undefined

/** The marks of a study: drawn as they were kept, kept as they are drawn. */
export function useMarks(engine: Engine | null, studyUid: string): MarksHere {
  const queryClient = useQueryClient()
  const query = useQuery(marksQuery(studyUid))
  const [saver, setSaver] = useState<MarkSaver | null>(null)
  const [drawn, setDrawn] = useState<Mark[]>([])

  useEffect(() => {
    if (!engine) return
    const made = createMarkSaver({
      keep: async (mark, version) => {
        const kept = await keepMark(studyUid, mark, version)
        queryClient.setQueryData(marksKey(studyUid), (old: { items: KeptMark[] } | undefined) => ({
          items: [...(old?.items.filter(({ id }) => id !== kept.id) ?? []), kept],
        }))
        return kept
      },
      remove: (id) => deleteMark(studyUid, id),
      onConflict: () => void queryClient.invalidateQueries({ queryKey: marksKey(studyUid) }),
    })
    // eslint-disable-next-line react-hooks/set-state-in-effect
    setSaver(made)
    const stopListening = engine.marks.onChange((change) => {
      made.take(change)
      setDrawn(engine.marks.all())
    })
    return () => {
      stopListening()
      made.stop()
    }
  }, [engine, studyUid, queryClient])

  const load = useCallback(
    async (items: KeptMark[]) => {
      if (!engine || !saver) return
      for (const mark of items) saver.knows(mark, mark.version)
      const places = items.filter(({ points, series_uid }) => points.length > 0 && series_uid)
      // Where a mark lies is known from its image, so the images of its series must be known first.
      const wanted = [...new Set(places.map(({ series_uid }) => series_uid))]
      const found = await Promise.allSettled(wanted.map((uid) => queryClient.fetchQuery(stacksQuery(studyUid, uid))))
      const images = new Map(
        found.flatMap((result) =>
          result.status === 'fulfilled'
            ? result.value.flatMap((stack) =>
                stack.images.map(
                  (image) =>
                    [
                      `${image.sopUid}/${image.frame}`,
                      { image, imageId: imageIdOf(studyUid, stack.seriesUid, image) },
                    ] as const,
                ),
              )
            : [],
        ),
      )
      engine.registerImages([...images.values()])
      const imageId = ({ sop_uid, frame }: StoredMark) => images.get(`${sop_uid}/${frame ?? 1}`)?.imageId
      engine.marks.load(
        places.filter((mark) => mark.sop_uid === null || imageId(mark)),
        imageId,
      )
      setDrawn(engine.marks.all())
    },
    [engine, saver, queryClient, studyUid],
  )
  const items = query.data?.items
  useEffect(() => {
    // What was drawn is read back from the engine once it is there.
    // eslint-disable-next-line react-hooks/set-state-in-effect
    if (items) void load(items)
  }, [items, load])

  const save = useSyncExternalStore(
    saver ? (changed) => saver.state.subscribe(changed) : NOTHING,
    () => saver?.state.getState().save ?? 'saved',
  )
  return { marks: drawn, kept: new Map(items?.map((each) => [each.id, each])), save }
}

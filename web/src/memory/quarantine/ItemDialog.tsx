import { Button, Modal, Stack } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '../../api/session'
import { CodeEditor, CodeSnippet, ConfirmButton, ErrorPanel, Facts, useFormat } from '../../ui'
import { useReason } from './QuarantinePage'
import classes from './QuarantinePage.module.css'
import { mistake, pretty, type Quarantined, useDiscard, useReplay } from './quarantine'

/** One item: why it was put aside, the item to correct, and what to do with it. */
export function ItemDialog({ item, close }: { item: Quarantined; close: () => void }) {
  const { t } = useTranslation('quarantine')
  const format = useFormat()
  const reason = useReason()
  const may = useMay()
  const open = item.state === 'waiting' && may('edit_data')
  return (
    <Modal opened onClose={close} size="xl" title={reason(item.reason)}>
      <Stack gap="sm">
        <Facts
          facts={[
            { name: t('column.detail'), value: item.detail },
            { name: t('column.source'), value: item.source },
            { name: t('column.when'), value: format.moment(item.received_at) },
            ...(item.state === 'waiting'
              ? []
              : [
                  {
                    name: t('column.state'),
                    value: `${t(`state.${item.state}`)}, ${format.moment(item.updated_at)}`,
                  },
                ]),
          ]}
        />
        {open ? (
          <Editor item={item} close={close} />
        ) : (
          <CodeSnippet label={t('item')} code={pretty(item.body)} />
        )}
      </Stack>
    </Modal>
  )
}

function Editor({ item, close }: { item: Quarantined; close: () => void }) {
  const { t } = useTranslation(['quarantine', 'ui'])
  const replay = useReplay()
  const discard = useDiscard()
  const first = pretty(item.body)
  const [text, setText] = useState(first)
  const wrong = mistake(text)
  const edited = text !== first
  const done = (message: string) => () => {
    notifications.show({ message })
    close()
  }
  const send = () =>
    replay.mutate(
      { path: { id: item.id }, body: edited ? { body: JSON.parse(text) } : {} },
      {
        onSuccess: (answer) => done(answer.duplicate ? t('replayed_duplicate') : t('replayed'))(),
      },
    )
  return (
    <>
      {replay.error && <ErrorPanel error={replay.error} />}
      {discard.error && <ErrorPanel error={discard.error} />}
      <CodeEditor
        label={t('item')}
        language="json"
        height="320px"
        value={text}
        onChange={setText}
      />
      {edited && wrong && (
        <p role="alert" className={classes.wrong}>
          {t('not_json', { why: wrong })}
        </p>
      )}
      <div className={classes.buttons}>
        <ConfirmButton
          danger
          variant="subtle"
          label={t('discard.button')}
          title={t('discard.title')}
          text={t('discard.text')}
          confirm={t('discard.button')}
          loading={discard.isPending}
          onConfirm={() =>
            discard.mutate({ path: { id: item.id } }, { onSuccess: done(t('discarded')) })
          }
        />
        <span className={classes.right}>
          {edited && (
            <Button variant="default" onClick={() => setText(first)}>
              {t('undo')}
            </Button>
          )}
          <Button
            loading={replay.isPending}
            disabled={edited && wrong !== null}
            title={edited && wrong ? t('not_json', { why: wrong }) : undefined}
            onClick={send}
          >
            {edited ? t('replay_edited') : t('replay')}
          </Button>
        </span>
      </div>
    </>
  )
}

import { Button, Menu, Modal, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useRouterState } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useChange } from '../../api/query'
import { useMay } from '../../api/session'
import { ErrorPanel, Icon, placeName } from '../../ui'
import { type SavedView, savedViewsQuery } from './explore'

/** Views that somebody gave a name, and the way to give one to this one. */
export function SavedViews({ page, path }: { page: 'explore' | 'web'; path: string }) {
  const { t } = useTranslation('explore')
  const may = useMay()
  const navigate = useNavigate()
  const views = useQuery(savedViewsQuery(page))
  const forget = useChange('delete', '/api/saved-views/{id}', { refresh: ['/api/saved-views'] })
  const [saving, setSaving] = useState(false)
  const list = views.data ?? []
  const open = (view: SavedView) => {
    const search = Object.fromEntries(new URLSearchParams(view.search))
    // The cast holds because our parser (app/router.ts) makes nothing but strings.
    navigate({ to: path, search: search as never })
  }
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" leftSection={<Icon name="flag" size={14} />}>
            {t('saved.title', { count: list.length })}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {list.length === 0 && <Menu.Label>{t('saved.none')}</Menu.Label>}
          {list.map((view) => (
            <Menu.Item key={view.id} onClick={() => open(view)}>
              {view.name}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item
            disabled={!may('view_customers')}
            leftSection={<Icon name="plus" size={14} />}
            onClick={() => setSaving(true)}
          >
            {t('saved.save')}
          </Menu.Item>
          {list.length > 0 && may('view_customers') && <Menu.Label>{t('saved.forget')}</Menu.Label>}
          {may('view_customers') &&
            list.map((view) => (
              <Menu.Item
                key={view.id}
                color="red"
                leftSection={<Icon name="trash" size={14} />}
                onClick={() => forget.mutate({ path: { id: view.id } })}
              >
                {t('saved.forget_one', { name: view.name })}
              </Menu.Item>
            ))}
        </Menu.Dropdown>
      </Menu>
      {saving && <SaveDialog page={page} close={() => setSaving(false)} />}
    </>
  )
}

function SaveDialog({ page, close }: { page: 'explore' | 'web'; close: () => void }) {
  const { t } = useTranslation('explore')
  const [name, setName] = useState('')
  const search = useRouterState({ select: (state) => state.location.searchStr })
  const names = { '/name': t('saved.name'), '/search': t('ask') }
  const nameOf = (path: string) => placeName(names, path)
  const save = useChange('post', '/api/saved-views', { refresh: ['/api/saved-views'] })
  return (
    <Modal opened onClose={close} title={t('saved.save')}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          const body = { page, name, search: search.replace(/^\?/, '') }
          save.mutate({ body }, { onSuccess: close })
        }}
      >
        <TextInput
          label={t('saved.name')}
          value={name}
          required
          maxLength={100}
          data-autofocus
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {save.error && <ErrorPanel error={save.error} nameOf={nameOf} />}
        <Button type="submit" mt="md" loading={save.isPending}>
          {t('saved.save')}
        </Button>
      </form>
    </Modal>
  )
}

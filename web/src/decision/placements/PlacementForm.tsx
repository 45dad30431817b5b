import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import {
  ChoiceField,
  channels,
  type Definition,
  FactorMap,
  Fields,
  FormColumns,
  LongTextField,
  NameField,
  NumberField,
  PickField,
  Side,
  TextField,
  useChoices,
  useForm,
} from '../../app/definition'
import { useWord } from '../../locales/words'
import { Panel, useFormat } from '../../ui'
import { ExperimentsLine } from './ExperimentsLine'
import { SnippetPanel } from './SnippetPanel'
import { WouldShowPanel } from './WouldShowPanel'

export function PlacementForm({ definition }: { definition: Definition | null }) {
  const { t } = useTranslation('placements')
  const word = useWord()
  const format = useFormat()
  const form = useForm()
  const lists = useChoices('offer_list').choices
  const meaning = (_: string, factor: number) =>
    t(factor < 1 ? 'weights.less' : 'weights.more', {
      percent: format.percent(Math.abs(factor - 1)),
    })
  return (
    <FormColumns
      aside={
        <>
          <WouldShowPanel definition={definition} channel={form.text('/channel')} />
          {form.text('/channel') === 'web' && <SnippetPanel definition={definition} />}
        </>
      }
    >
      <Panel title={t('where')}>
        <Fields>
          {definition && <ExperimentsLine placement={definition.key} />}
          <NameField />
          <Side>
            <ChoiceField
              path="/channel"
              label={t('channel')}
              choices={channels.map((value) => ({ value, label: word('channel', value) }))}
            />
            <TextField path="/touchpoint" label={t('touchpoint')} hint={t('touchpoint_hint')} />
          </Side>
          <Side>
            <NumberField path="/count" label={t('count')} required min={1} max={20} />
            <NumberField
              path="/reserves_ms"
              label={t('reserves')}
              hint={t('reserves_hint')}
              required
              scale={1 / 60_000}
              digits={1}
              unit={t('minutes')}
            />
            <NumberField
              path="/ignored_after_ms"
              label={t('ignored')}
              hint={t('ignored_hint')}
              scale={1 / 60_000}
              digits={1}
              unit={t('minutes')}
              placeholder={t('never')}
            />
          </Side>
          <PickField path="/lists" label={t('lists')} hint={t('lists_hint')} choices={lists} all />
        </Fields>
      </Panel>
      <FallbackPanel />
      <Panel title={t('weights.title')}>
        <FactorMap
          path="/context_weights"
          nameLabel={t('weights.category')}
          factorLabel={t('weights.factor')}
          add={t('weights.add')}
          blank="category"
          empty={t('weights.empty')}
          meaning={meaning}
        />
      </Panel>
    </FormColumns>
  )
}

/** What stands there when nothing is offered; leaving it out shows nothing. */
function FallbackPanel() {
  const { t } = useTranslation('placements')
  const form = useForm()
  const has = form.value('/fallback') !== undefined && form.value('/fallback') !== null
  const toggle = () => form.set('/fallback', has ? undefined : { title: '', text: '' })
  return (
    <Panel
      title={t('fallback.title')}
      aside={
        !form.readOnly && (
          <Button variant="default" onClick={toggle}>
            {has ? t('fallback.remove') : t('fallback.add')}
          </Button>
        )
      }
    >
      {has ? (
        <Fields>
          <TextField path="/fallback/title" label={t('fallback.heading')} required />
          <LongTextField path="/fallback/text" label={t('fallback.text')} />
          <Side>
            <TextField path="/fallback/link_url" label={t('fallback.link')} type="url" />
            <TextField path="/fallback/image_url" label={t('fallback.image')} type="url" />
          </Side>
        </Fields>
      ) : (
        t('fallback.none')
      )}
    </Panel>
  )
}

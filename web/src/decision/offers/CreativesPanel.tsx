import { Button, Checkbox, Group, Tabs } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import {
  ChoiceField,
  channels,
  Fields,
  LongTextField,
  TextField,
  useChoices,
  useFieldLabel,
  useForm,
} from '../../app/definition'
import { useWord } from '../../locales/words'
import { Icon, Panel, StatusBadge, useUrl } from '../../ui'
import { CreativeCard } from '../creative/CreativeCard'
import { filled } from '../creative/filled'
import classes from './CreativesPanel.module.css'
import { type Creative, missing, offerOf, spokenLanguages } from './offers'

/** Where the offer may be made, and how it looks there in each language. */
export function CreativesPanel() {
  const { t } = useTranslation('offers')
  const word = useWord()
  const form = useForm()
  const [search, setSearch] = useUrl()
  const chosen = form.texts('/channels')
  const gaps = missing(offerOf(form.body))
  const tab = chosen.includes(search.channel ?? '') ? search.channel : chosen[0]
  return (
    <Panel title={t('creatives.title')} side="ours">
      <Fields>
        <ChannelChoice />
        {tab && (
          <Tabs
            value={tab}
            onChange={(channel) => setSearch({ channel })}
            keepMounted={false}
            classNames={{ list: classes.tabs }}
          >
            <Tabs.List aria-label={t('creatives.channels')}>
              {chosen.map((channel) => (
                <Tabs.Tab key={channel} value={channel}>
                  <Group gap={6} wrap="nowrap">
                    {word('channel', channel)}
                    {gaps.some((gap) => gap.channel === channel) && (
                      <Icon name="warning" size={13} />
                    )}
                  </Group>
                </Tabs.Tab>
              ))}
            </Tabs.List>
            {chosen.map((channel) => (
              <Tabs.Panel key={channel} value={channel} pt="sm">
                <ChannelCreatives channel={channel} />
              </Tabs.Panel>
            ))}
          </Tabs>
        )}
      </Fields>
    </Panel>
  )
}

/** A channel comes with its first creative and goes with all of them. */
function ChannelChoice() {
  const { t } = useTranslation('offers')
  const word = useWord()
  const form = useForm()
  useFieldLabel('/channels', t('creatives.channels'))
  const creatives = form.list('/creatives') as Creative[] // As the form writes them.
  const change = (next: string[]) => {
    const inOrder = channels.filter((one) => next.includes(one))
    const kept = creatives.filter((one) => next.includes(one.channel))
    const added = inOrder
      .filter((channel) => !kept.some((one) => one.channel === channel))
      .map((channel) => ({ channel, language: 'en', title: '', text: '' }))
    form.set('', { ...form.body, channels: inOrder, creatives: [...kept, ...added] })
  }
  return (
    <Checkbox.Group
      size="xs"
      label={t('creatives.channels')}
      error={form.error('/channels', true)}
      value={form.texts('/channels')}
      onChange={change}
      data-path="/channels"
    >
      <Group gap="10px 16px" mt={4}>
        {channels.map((channel) => (
          <Checkbox
            key={channel}
            value={channel}
            label={word('channel', channel)}
            disabled={form.readOnly}
          />
        ))}
      </Group>
    </Checkbox.Group>
  )
}

function ChannelCreatives({ channel }: { channel: string }) {
  const { t } = useTranslation('offers')
  const form = useForm()
  const creatives = form.list('/creatives') as Creative[] // As the form writes them.
  const mine = creatives.flatMap((one, place) => (one.channel === channel ? [{ one, place }] : []))
  const absent = spokenLanguages.filter(
    (language) => !mine.some(({ one }) => one.language.slice(0, 2) === language),
  )
  return (
    <div className={classes.languages}>
      {mine.map(({ one, place }) => (
        <CreativeForm key={`${one.language} ${place}`} creative={one} place={place} />
      ))}
      {absent.map((language) => (
        <div key={language} className={classes.absent}>
          <StatusBadge tone="warn" word={t('creatives.missing', { language: t(language) })} />
          {!form.readOnly && (
            <Button
              variant="default"
              leftSection={<Icon name="plus" size={14} />}
              onClick={() => {
                const model = mine[0]?.one
                const fresh = { ...model, channel, language, title: '', text: '' }
                form.set('/creatives', [...creatives, fresh])
              }}
            >
              {t('creatives.write', { language: t(language) })}
            </Button>
          )}
        </div>
      ))}
    </div>
  )
}

function CreativeForm({ creative, place }: { creative: Creative; place: number }) {
  const { t } = useTranslation('offers')
  const form = useForm()
  const templates = useChoices('template').choices
  const word = useWord()
  const path = `/creatives/${place}`
  const attributes = offerOf(form.body).attributes ?? {}
  const known = spokenLanguages.find((one) => creative.language.slice(0, 2) === one)
  const language = known ? t(known) : creative.language
  useFieldLabel(path, `${word('channel', creative.channel)}, ${language}`)
  return (
    <section className={classes.creative} aria-label={language} data-path={path}>
      <div className={classes.head}>
        <h3 className={classes.language}>{language}</h3>
        {!form.readOnly && (
          <Button
            variant="subtle"
            color="gray"
            c="var(--ink-soft)"
            onClick={() => form.set(path, undefined)}
          >
            {t('creatives.remove')}
          </Button>
        )}
      </div>
      <CreativeCard creative={filled(creative, attributes)} />
      <TextField path={`${path}/title`} label={t('creatives.heading')} required />
      <LongTextField path={`${path}/text`} label={t('creatives.text')} />
      <TextField path={`${path}/link_url`} label={t('creatives.link')} type="url" />
      <TextField path={`${path}/image_url`} label={t('creatives.image')} type="url" />
      {creative.channel === 'email' && (
        <ChoiceField
          path={`${path}/template`}
          label={t('creatives.template')}
          choices={templates}
          none="–"
        />
      )}
    </section>
  )
}

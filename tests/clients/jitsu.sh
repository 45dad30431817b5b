#!/usr/bin/env bash
# Jitsu's HTTP form, as any program with an HTTP client speaks it.
set -euo pipefail

kinds=(identify track page screen group alias)
unicode='Zażółć gęślą jaźń 你好 🎁'

for ((number = 0; number < ${EVENTS:-250}; number++)); do
  kind=${kinds[number % 6]}
  user="$PREFIX-żółw-$((number % 7))"
  marker="$PREFIX#$number"
  case $kind in
    identify) rest="\"traits\":{\"marker\":\"$marker\",\"name\":\"$unicode\",\"age\":$number}" ;;
    track) rest="\"event\":\"Product Viewed\",\"anonymousId\":\"$user-cookie\",\"properties\":{\"marker\":\"$marker\",\"title\":\"$unicode\"}" ;;
    page | screen) rest="\"name\":\"$unicode\",\"properties\":{\"marker\":\"$marker\"}" ;;
    group) rest="\"groupId\":\"group-1\",\"traits\":{\"marker\":\"$marker\"}" ;;
    alias) rest="\"previousId\":\"$PREFIX-before-$(printf %04d "$number")\",\"context\":{\"marker\":\"$marker\"}" ;;
  esac
  echo "{\"messageId\":\"$marker\",\"userId\":\"$user\",$rest}" |
    curl -fsS --retry 3 -o /dev/null -X POST "$TARGET_ADDRESS/api/s/$kind" \
      -H "X-Write-Key: $TARGET_KEY" -H 'Content-Type: application/json' --data-binary @-
  echo "{\"user\":\"$user\",\"kind\":\"$kind\",\"marker\":\"$marker\"}"
done

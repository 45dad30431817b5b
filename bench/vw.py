"""Vowpal Wabbit in the simulation of B3: `python3 vw.py SEEDS DECISIONS LONGEST_DELAY ARGUMENTS...`

The numbers of the simulation are those of crates/decision/src/learning/bandit.rs. VW chooses from
the distribution that it predicts, by a hash of its own, and learns each outcome when it is known.
Prints one line of JSON per seed: what was shown, the best and a random offer, in expectation.
"""

import json
import math
import sys
import time

import vowpalwabbit

OFFERS, FACTS = 20, 10
MASK = (1 << 64) - 1


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def u01(count, seed):
    step = 0x9E3779B97F4A7C15
    return [(mix((number * step + seed) & MASK) >> 11) / 2**53 for number in range(1, count + 1)]


def play(seed, decisions, longest_delay, arguments):
    row = FACTS + 1
    weights = [(value - 0.5) * 2.4 for value in u01(OFFERS * row, 1000 + seed)]
    for offer, value in enumerate(u01(OFFERS, 2000 + seed)):
        weights[offer * row] = -4.2 + (value - 0.5) * 2.0
    facts = u01(decisions * FACTS, 3000 + seed)
    luck = u01(decisions, 4000 + seed)
    own = u01(decisions, 5000 + seed)
    delays = u01(decisions, 6000 + seed)
    vw = vowpalwabbit.Workspace(arguments + " --quiet --random_seed %d" % seed)
    waiting = {}
    shown = best = random = 0.0
    for decision in range(decisions):
        true = [fact + 1 for fact in range(FACTS) if facts[decision * FACTS + fact] < 0.35]
        context = "shared |u b " + " ".join("f%d" % fact for fact in true)
        chances = []
        for offer in range(OFFERS):
            at = offer * row
            score = weights[at] + sum(weights[at + fact] for fact in true)
            chances.append(1 / (1 + math.exp(-score)))
        actions = ["|a o%d" % offer for offer in range(OFFERS)]
        distribution = vw.predict([context] + actions)
        total, draw, chosen = sum(distribution), own[decision], OFFERS - 1
        for offer, probability in enumerate(distribution):
            draw -= probability / total
            if draw < 0:
                chosen = offer
                break
        shown += chances[chosen]
        best += max(chances)
        random += sum(chances) / OFFERS
        cost = -1 if luck[decision] < chances[chosen] else 0
        probability = max(distribution[chosen] / total, 1e-6)
        actions[chosen] = "0:%d:%.6f " % (cost, probability) + actions[chosen]
        due = decision + int(delays[decision] * longest_delay)
        waiting.setdefault(due, []).append([context] + actions)
        for example in waiting.pop(decision, ()):
            vw.learn(example)
    vw.finish()
    return shown, best, random


def main():
    first, last = (int(part) for part in sys.argv[1].split("-"))
    decisions, longest_delay = int(sys.argv[2]), int(sys.argv[3])
    arguments = " ".join(sys.argv[4:])
    for seed in range(first, last + 1):
        started = time.time()
        shown, best, random = play(seed, decisions, longest_delay, arguments)
        line = {
            "seed": seed,
            "regret": best - shown,
            "gain": (shown - random) / (best - random),
            "rate": shown / decisions,
            "seconds": time.time() - started,
            "version": vowpalwabbit.__version__,
        }
        print(json.dumps(line), flush=True)


main()

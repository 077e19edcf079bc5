// Writes docs/scenarios.md from what runs of test/openstack/scenarios left in a folder:
//   ASTARA_SCENARIO_RESULTS=FOLDER npm run test:openstack -- test/openstack/scenarios
//   node scripts/generate-scenario-table.ts FOLDER
import { writeFileSync } from 'node:fs'
import { hardware } from '../bench/machine.ts'
import { readResults, type StoryResult } from '../test/openstack/scenarios/results.ts'

const CLOUDS = ['openstack', 'embedded'] as const

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('which folder holds the results?')

const results = new Map(CLOUDS.map((cloud) => [cloud, readResults(folder, cloud)]))
const chapters = Map.groupBy(
  [
    ...new Map(
      [...results.values()]
        .toReversed()
        .flat()
        .map((one) => [one.title, one]),
    ).values(),
  ],
  (one) => one.chapter,
)

function cell(result: StoryResult | undefined): string {
  if (!result) return 'not run'
  const load = result.load === undefined ? '' : `, load ${result.load}`
  const remark = result.remark === undefined ? '' : `; ${result.remark}`
  return `${result.passed ? 'passed' : '**failed**'} (${result.seconds.toFixed(0)} s${load}${remark})`
}

const lines = [...chapters].flatMap(([chapter, stories]) => [
  `## ${chapter}`,
  '',
  '| story | OpenStack | embedded |',
  '|---|---|---|',
  ...stories.map(({ title }) => {
    const cells = CLOUDS.map((cloud) => cell(results.get(cloud)?.find((one) => one.title === title)))
    return `| ${title} | ${cells.join(' | ')} |`
  }),
  '',
])
const isWhole = CLOUDS.every((cloud) => [...chapters.values()].flat().length === results.get(cloud)?.length)
const failures = CLOUDS.flatMap((cloud) =>
  (results.get(cloud) ?? [])
    .filter((one) => !one.passed)
    .map((one) => `- ${cloud}: ${one.title}: ${one.reason?.replaceAll('|', '\\|')}`),
)

writeFileSync(
  'docs/scenarios.md',
  `# Scenarios

<!-- Made by scripts/generate-scenario-table.ts from runs of test/openstack/scenarios: run them again instead of changing this. -->

Each story is told once, in \`test/openstack/scenarios/stories\`, and played on a real OpenStack (Zed: Keystone, Glance, Placement, Nova with its
fake driver, Neutron with ML2 and linuxbridge; each instance is a network namespace that runs \`astara appliance serve\`) and on the embedded
cloud with \`--dataplane netns\`. It ends when the appliance is what Neutron says of its router: NICs, addresses, MTU, routes, NAT and
DHCP hosts are read inside the instance and compared, and packets are sent (ping, DHCP, DNS, HTTP from and to the outside).

\`npm run test:openstack -- test/openstack/scenarios\` plays all of them. Seconds are of ${hardware()}, shared with other work: the load average at the
story's end stands beside them where it is known. Up to three stories were played at a time, and the boots of Nova and the two-second rhythm of the
L2 agent are in them.

${lines.join('\n').trimEnd()}
${isWhole ? '' : '\n*Not run*: yet to be played there, for want of time on the machine and for no other reason.\n'}${failures.length === 0 ? '' : `\n## What went wrong\n\n${failures.join('\n')}\n`}`,
)

import { APPLICATIONS } from './applications';
import { makeLaptop, makePhone, type Device } from './devices';
import { addressOf, HOME_PLACES, officeAddress, officeOf, PLACES, slot, type Address, type Place } from './places';
import { hash32, Random, stableHex, stableUuid, zipf } from './random';
import { ROLE_CYCLE, ROLES, type Role } from './roles';
import { pagesOf, type Page } from './wiki';

export interface Person {
  index: number;
  login: string;
  /** `login@example.com`. */
  mail: string;
  fullName: string;
  id: string;
  wikiId: string;
  /** Unique AWS id of the IAM user (service accounts). */
  awsUserId: string;
  role: Role;
  home: Place;
  office?: string;
  laptop: Device;
  phone: Device;
  homeAddress: Address;
  officeAddress?: Address;
  mobileAddress: Address;
  /** Local hour of the day's start and its spread, hours of work. */
  hours: { start: number; spread: number; length: number };
  /** How much is done in a session, against the average. */
  pace: number;
  /** Chance of a mistyped password, of a weekend day with work, of using a VPN. */
  clumsy: number;
  weekends: number;
  vpn: number;
  /** Own habits: names and weights, strongly skewed. */
  apps: { keys: string[]; weights: number[] };
  workflows: { keys: string[]; weights: number[] };
  pages: { pages: Page[]; weights: number[] };
  regions: string[];
  mfa: 'push' | 'code';
  consoleShare: number;
  accessKeyId?: string;
}

export interface Organisation {
  seed: number;
  people: Person[];
  tenantId: string;
  accountId: string;
}

const GIVEN = 'Anna Ben Carla David Elena Felix Grace Hugo Ines Jonas Karin Liam Maria Nils Olivia Pavel Rosa Samir Tara Uwe Vera Wei Yusuf Zoe Arjun Bianca Chen Diego Emma Farah George Hannah Ivan Julia Kofi Lena Marco Nadia Omar Priya Rafael Sofia Tomasz Ursula Victor Wanda Xenia Yara Amir Clara'.split(' ');
const FAMILY = 'Albrecht Baker Costa Dahl Evans Fischer Garcia Hoffmann Iyer Jansen Kowalski Lehmann Martin Novak Okafor Petrov Quinn Rossi Schmidt Tanaka Ullrich Vogel Weber Young Zimmer Ahmed Brown Chandra Dubois Ericsson Foster Gupta Hughes Ibrahim Johnson Keller Lopez Meyer Nguyen Oliveira Patel Reddy Silva Taylor Usman Varga Wong Yilmaz Zhang Becker Carter Fernandez'.split(' ');
const SERVICES = ['ci-deploy', 'backup', 'monitoring', 'terraform', 'etl', 'image-builder', 'log-shipper', 'inventory'];
const REGIONS: Record<string, string> = { Europe: 'eu-central-1', 'North America': 'us-east-1', Asia: 'ap-southeast-1' };

/** Weights of a role, sharpened by the person's own taste: few things carry most of what one does. */
function habits(base: Record<string, number>, random: Random): { keys: string[]; weights: number[] } {
  const own = Object.entries(base).map(([key, weight]) => ({ key, weight: weight ** 1.25 * random.logNormal(1, 1.3) }));
  const total = own.reduce((sum, o) => sum + o.weight, 0);
  const kept = own.filter((o) => o.weight / total > 0.004).sort((a, b) => b.weight - a.weight);
  return { keys: kept.map((o) => o.key), weights: kept.map((o) => o.weight) };
}

function loginFor(random: Random, taken: Set<string>): { login: string; fullName: string } {
  for (let attempt = 0; ; attempt++) {
    const given = random.pick(GIVEN);
    const family = random.pick(FAMILY);
    const base = (given[0] + family).toLowerCase();
    const login = attempt < 8 ? base : `${base}${attempt - 6}`;
    if (taken.has(login)) continue;
    taken.add(login);
    return { login, fullName: `${given} ${family}` };
  }
}

function makePerson(seed: number, index: number, taken: Set<string>): Person {
  const random = new Random('person', seed, index);
  const role = ROLES[ROLE_CYCLE[index % ROLE_CYCLE.length]];
  const service = role.key === 'service';
  const round = Math.floor(index / ROLE_CYCLE.length);
  const named = loginFor(random, taken);
  const serviceName = `svc-${SERVICES[round % SERVICES.length]}${round < SERVICES.length ? '' : `-${Math.floor(round / SERVICES.length) + 1}`}`;
  const login = service ? serviceName : named.login;
  const homeKey = service ? 'ashburn' : HOME_PLACES[random.weighted(HOME_PLACES.map(([, share]) => share))][0];
  const home = PLACES[homeKey];
  const office = service ? undefined : officeOf(homeKey);
  const apps = habits(role.apps, random);
  const ownPages = Object.entries(role.spaces).flatMap(([space, weight]) => pagesOf(space).map((page) => ({ page, weight: weight * random.logNormal(1, 1.6) })));
  const favourites = ownPages.sort((a, b) => b.weight - a.weight).slice(0, random.int(9, 16)).map((p) => p.page);
  return {
    index,
    login,
    mail: `${login}@example.com`,
    fullName: service ? login : named.fullName,
    id: stableUuid('user', seed, index),
    wikiId: stableHex(32, 'wiki', seed, index),
    awsUserId: `AIDA${new Random('aws', seed, index).base32(17)}`,
    role,
    home,
    office,
    laptop: makeLaptop(seed, login, role.technical),
    phone: makePhone(seed, login),
    homeAddress: addressOf(home, 'fixed', 'home', seed, index),
    officeAddress: office ? officeAddress(office, seed, slot(2, login)) : undefined,
    mobileAddress: addressOf(home, 'mobile', 'mobile', seed, index),
    hours: { start: Math.min(10.5, Math.max(6.5, random.normal(8.7, 0.8))), spread: 0.15 + random.exponential(0.25), length: random.normal(8.6, 0.7) },
    pace: Math.min(2.4, Math.max(0.4, random.logNormal(1, 0.4))),
    clumsy: Math.min(0.15, random.exponential(0.035)),
    weekends: random.chance(0.2) ? 0.18 : 0.02,
    vpn: random.chance(0.2) ? 0.12 : 0,
    apps,
    workflows: habits(role.workflows, random),
    pages: { pages: favourites, weights: zipf(favourites.length, 1.15) },
    regions: [...new Set([REGIONS[home.continent] ?? 'eu-central-1', 'eu-central-1', 'us-east-1'])],
    mfa: random.chance(0.85) ? 'push' : 'code',
    consoleShare: role.key === 'engineer' || role.key === 'sre' ? random.float() * 0.6 : 0.75 + random.float() * 0.25,
    accessKeyId: service ? `AKIA${new Random('key', seed, index).base32(16)}` : undefined,
  };
}

/** The people of an organisation; the first `n` of a larger one are the same people. */
export function makeOrganisation(seed: number, users: number): Organisation {
  const taken = new Set<string>();
  return {
    seed,
    people: Array.from({ length: users }, (_, index) => makePerson(seed, index, taken)),
    tenantId: stableUuid('tenant', seed),
    accountId: String(100_000_000_000 + (hash32('account', seed) % 899_999_999) * 100 + 17),
  };
}

export const isService = (person: Person): boolean => person.role.key === 'service';
export const appOf = (key: string) => APPLICATIONS[key];

import { Random, hash32 } from './random';

export interface AutonomousSystem {
  number: number;
  organization: string;
}
/** A network block of a provider in one city; every address of the block has that city's coordinates. */
interface Block {
  as: AutonomousSystem;
  /** First two octets; unique over all places, so an address names its place. */
  prefix: string;
}
export interface Place {
  key: string;
  city: string;
  region: string;
  regionCode: string;
  country: string;
  countryCode: string;
  continent: string;
  lat: number;
  lon: number;
  zone: string;
  fixed: Block[];
  mobile: Block;
}
export interface Address {
  ip: string;
  place: Place;
  as: AutonomousSystem;
}

type Row = [string, string, string, string, string, string, string, number, number, string, ...[number, string, string][]];
/** The last block of each row is the mobile carrier. */
const ROWS: Row[] = [
  ['berlin', 'Berlin', 'Land Berlin', 'DE-BE', 'Germany', 'DE', 'Europe', 52.5196, 13.4069, 'Europe/Berlin', [3320, 'Deutsche Telekom AG', '87.150'], [3209, 'Vodafone GmbH', '95.91'], [6805, 'Telefonica Germany GmbH', '176.1']],
  ['munich', 'Munich', 'Bavaria', 'DE-BY', 'Germany', 'DE', 'Europe', 48.1336, 11.5755, 'Europe/Berlin', [3320, 'Deutsche Telekom AG', '79.231'], [8767, 'M-net Telekommunikations GmbH', '188.174'], [3209, 'Vodafone GmbH', '109.40']],
  ['london', 'London', 'England', 'GB-ENG', 'United Kingdom', 'GB', 'Europe', 51.5088, -0.093, 'Europe/London', [2856, 'British Telecommunications PLC', '86.150'], [5607, 'Sky UK Limited', '90.198'], [12576, 'EE Limited', '31.94']],
  ['manchester', 'Manchester', 'England', 'GB-ENG', 'United Kingdom', 'GB', 'Europe', 53.4809, -2.2374, 'Europe/London', [5089, 'Virgin Media Limited', '82.18'], [12576, 'EE Limited', '92.40']],
  ['boston', 'Boston', 'Massachusetts', 'US-MA', 'United States', 'US', 'North America', 42.3562, -71.0631, 'America/New_York', [7922, 'Comcast Cable Communications, LLC', '73.16'], [701, 'Verizon Business', '108.26'], [22394, 'Cellco Partnership DBA Verizon Wireless', '174.192']],
  ['newyork', 'New York', 'New York', 'US-NY', 'United States', 'US', 'North America', 40.7157, -74.0, 'America/New_York', [12271, 'Charter Communications Inc', '74.66'], [6128, 'Cablevision Systems Corp.', '24.190'], [21928, 'T-Mobile USA, Inc.', '172.56']],
  ['denver', 'Denver', 'Colorado', 'US-CO', 'United States', 'US', 'North America', 39.7388, -104.9868, 'America/Denver', [7922, 'Comcast Cable Communications, LLC', '67.176'], [209, 'CenturyLink Communications, LLC', '71.211'], [21928, 'T-Mobile USA, Inc.', '172.58']],
  ['singapore', 'Singapore', 'Central Singapore', 'SG-01', 'Singapore', 'SG', 'Asia', 1.2929, 103.8547, 'Asia/Singapore', [9506, 'Singtel Fibre Broadband', '116.14'], [55430, 'Starhub Ltd', '182.19'], [45143, 'SINGTEL MOBILE INTERNET SERVICE PROVIDER', '119.56']],
  ['bengaluru', 'Bengaluru', 'Karnataka', 'IN-KA', 'India', 'IN', 'Asia', 12.9634, 77.5855, 'Asia/Kolkata', [24309, 'Atria Convergence Technologies Pvt. Ltd.', '106.51'], [9829, 'National Internet Backbone', '117.192'], [55836, 'Reliance Jio Infocomm Limited', '49.37']],
  ['krakow', 'Krakow', 'Lesser Poland', 'PL-12', 'Poland', 'PL', 'Europe', 50.0614, 19.9366, 'Europe/Warsaw', [5617, 'Orange Polska Spolka Akcyjna', '83.24'], [12912, 'T-Mobile Polska S.A.', '94.254']],
  ['paris', 'Paris', 'Ile-de-France', 'FR-75', 'France', 'FR', 'Europe', 48.8558, 2.3494, 'Europe/Paris', [12322, 'Free SAS', '82.64'], [3215, 'Orange S.A.', '86.246'], [15557, 'Societe Francaise Du Radiotelephone - SFR SA', '37.165']],
  ['amsterdam', 'Amsterdam', 'North Holland', 'NL-NH', 'Netherlands', 'NL', 'Europe', 52.3716, 4.8883, 'Europe/Amsterdam', [1136, 'KPN B.V.', '77.160'], [33915, 'Vodafone Libertel B.V.', '62.140']],
  ['madrid', 'Madrid', 'Madrid', 'ES-M', 'Spain', 'ES', 'Europe', 40.4163, -3.6934, 'Europe/Madrid', [3352, 'Telefonica De Espana S.a.u.', '80.58'], [12479, 'Orange Espagne SA', '90.166']],
  ['lisbon', 'Lisbon', 'Lisbon', 'PT-11', 'Portugal', 'PT', 'Europe', 38.7219, -9.1398, 'Europe/Lisbon', [3243, 'Servicos De Comunicacoes E Multimedia S.A.', '85.240'], [12353, 'Vodafone Portugal', '148.63']],
  ['tokyo', 'Tokyo', 'Tokyo', 'JP-13', 'Japan', 'JP', 'Asia', 35.6893, 139.6899, 'Asia/Tokyo', [4713, 'NTT Communications Corporation', '153.142'], [9605, 'NTT DOCOMO, INC.', '49.96']],
  ['sydney', 'Sydney', 'New South Wales', 'AU-NSW', 'Australia', 'AU', 'Oceania', -33.8715, 151.2006, 'Australia/Sydney', [1221, 'Telstra Limited', '101.160'], [133612, 'Vodafone Australia Pty Ltd', '49.183']],
  ['toronto', 'Toronto', 'Ontario', 'CA-ON', 'Canada', 'CA', 'North America', 43.6319, -79.3716, 'America/Toronto', [577, 'Bell Canada', '70.48'], [812, 'Rogers Communications Canada Inc.', '99.224']],
  ['saopaulo', 'São Paulo', 'Sao Paulo', 'BR-SP', 'Brazil', 'BR', 'South America', -23.5475, -46.6361, 'America/Sao_Paulo', [28573, 'Claro NXT Telecomunicacoes Ltda', '177.32'], [26599, 'TELEFONICA BRASIL S.A', '189.46']],
  ['lagos', 'Lagos', 'Lagos', 'NG-LA', 'Nigeria', 'NG', 'Africa', 6.4474, 3.3903, 'Africa/Lagos', [37282, 'MainOne Cable Company', '41.75'], [29465, 'MTN NIGERIA Communication limited', '102.89']],
  ['hanoi', 'Hanoi', 'Hanoi', 'VN-HN', 'Vietnam', 'VN', 'Asia', 21.0292, 105.8526, 'Asia/Ho_Chi_Minh', [45899, 'VNPT Corp', '14.162'], [7552, 'Viettel Group', '27.66']],
  ['bucharest', 'Bucharest', 'București', 'RO-B', 'Romania', 'RO', 'Europe', 44.4343, 26.0946, 'Europe/Bucharest', [8708, 'DIGI ROMANIA S.A.', '86.120'], [9009, 'M247 Europe SRL', '146.70'], [12302, 'Vodafone Romania S.A.', '46.97']],
  ['istanbul', 'Istanbul', 'Istanbul', 'TR-34', 'Turkey', 'TR', 'Asia', 41.0145, 28.9533, 'Europe/Istanbul', [9121, 'Turk Telekom', '78.172'], [16135, 'Turkcell A.S.', '178.240']],
  ['frankfurt', 'Frankfurt am Main', 'Hesse', 'DE-HE', 'Germany', 'DE', 'Europe', 50.1109, 8.6821, 'Europe/Berlin', [24940, 'Hetzner Online GmbH', '88.198'], [14061, 'DIGITALOCEAN-ASN', '164.90'], [3209, 'Vodafone GmbH', '178.2']],
  ['ashburn', 'Ashburn', 'Virginia', 'US-VA', 'United States', 'US', 'North America', 39.0469, -77.4903, 'America/New_York', [14618, 'AMAZON-AES', '54.197'], [16509, 'AMAZON-02', '52.87'], [20473, 'AS-VULTR', '149.28']],
];

const toPlace = (row: Row): Place => {
  const [key, city, region, regionCode, country, countryCode, continent, lat, lon, zone, ...blocks] = row;
  const all = blocks.map(([number, organization, prefix]) => ({ as: { number, organization }, prefix }));
  return { key, city, region, regionCode, country, countryCode, continent, lat, lon, zone, fixed: all.slice(0, -1), mobile: all[all.length - 1] };
};

export const PLACES: Record<string, Place> = Object.fromEntries(ROWS.map((row) => [row[0], toPlace(row)]));

/** Where people live, with their share; each country's first place has an office. */
export const HOME_PLACES: [string, number][] = [
  ['berlin', 30],
  ['munich', 6],
  ['london', 14],
  ['manchester', 5],
  ['boston', 18],
  ['newyork', 6],
  ['denver', 4],
  ['singapore', 7],
  ['bengaluru', 7],
  ['krakow', 3],
];
export const OFFICES = ['berlin', 'london', 'boston', 'singapore'] as const;
/** Where people travel to; a stolen account is used from some of these as well, so a new country alone proves nothing. */
export const TRAVEL_PLACES = ['paris', 'amsterdam', 'madrid', 'lisbon', 'tokyo', 'sydney', 'toronto', 'saopaulo', 'bucharest', 'istanbul', 'london', 'newyork', 'munich'];
/** Where strangers sign in from: homes, mobile carriers and rented servers alike. */
export const STRANGER_PLACES = ['lagos', 'hanoi', 'bucharest', 'istanbul', 'saopaulo', 'frankfurt', 'ashburn', 'amsterdam', 'toronto', 'lisbon'];
/** Exit points of the consumer VPNs that a few people use now and then. */
export const VPN_PLACES = ['bucharest', 'frankfurt', 'ashburn'];

/** The address a key (a household, an office gateway, a phone) has in a place; the same key gives the same address. */
export function addressOf(place: Place, kind: 'fixed' | 'mobile', ...key: (string | number)[]): Address {
  const random = new Random('address', place.key, kind, ...key);
  const block = kind === 'mobile' ? place.mobile : random.pick(place.fixed);
  return { ip: `${block.prefix}.${random.int(1, 254)}.${random.int(1, 254)}`, place, as: block.as };
}

/** The office gateway that carries a connection. */
export const officeAddress = (office: string, seed: number, gateway: number): Address => addressOf(PLACES[office], 'fixed', 'office', seed, gateway);

const offsets = new Map<string, number>();
/** Minutes east of UTC in a time zone on a day (days since the epoch), daylight saving time included. */
export function zoneOffsetMinutes(zone: string, day: number): number {
  const key = `${zone}\u0001${day}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  const noon = new Date(day * 86_400_000 + 43_200_000);
  const part = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(noon).find((p) => p.type === 'timeZoneName')?.value ?? 'GMT';
  const match = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(part);
  const minutes = match?.[1] ? (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) : 0;
  if (offsets.size > 5000) offsets.clear();
  offsets.set(key, minutes);
  return minutes;
}

/** Share of days at the office etc. is drawn per person; this picks the nearest office of a home. */
export function officeOf(home: string): string | undefined {
  const country = PLACES[home].countryCode;
  return OFFICES.find((office) => PLACES[office].countryCode === country);
}

/** A stable small number for a key, for gateways and the like. */
export const slot = (count: number, ...key: (string | number)[]): number => hash32('slot', ...key) % count;

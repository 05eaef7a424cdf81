import { addressOf, officeAddress, PLACES, slot, TRAVEL_PLACES, VPN_PLACES, zoneOffsetMinutes, type Address, type Place } from './places';
import { isService, type Person } from './organisation';
import { Random } from './random';

export const HOUR = 3_600_000;
export const DAY = 86_400_000;

export interface DayPlan {
  /** Local day, days since the epoch. */
  day: number;
  working: boolean;
  place: Place;
  /** Where the laptop is connected. */
  address: Address;
  mobile: Address;
  where: 'office' | 'home' | 'travel' | 'vpn';
  /** Local start and end of work as UTC milliseconds. */
  start: number;
  end: number;
  /** UTC milliseconds of local midnight. */
  midnight: number;
}

/** 0 = Monday. */
export const weekdayOf = (day: number): number => (((day + 3) % 7) + 7) % 7;
const weekOf = (day: number): number => Math.floor((day + 3) / 7);

/** Holidays are taken in blocks: about one week in ten, drawn per person and week. */
function onHoliday(seed: number, person: Person, day: number): boolean {
  const random = new Random('holiday', seed, person.login, weekOf(day));
  if (random.chance(0.07)) return true;
  return random.chance(0.1) && weekdayOf(day) === random.int(0, 4);
}

function journey(seed: number, person: Person, day: number): Place | undefined {
  const random = new Random('journey', seed, person.login, weekOf(day));
  if (!random.chance(person.role.travel)) return undefined;
  const from = random.int(0, 3);
  const nights = random.int(1, 3);
  const place = PLACES[random.pick(TRAVEL_PLACES)];
  const weekday = weekdayOf(day);
  return weekday >= from && weekday <= from + nights && place !== person.home ? place : undefined;
}

/** Where a person is on a day and when they work; the same for the same seed, person and day whatever else is simulated. */
export function planDay(seed: number, person: Person, day: number): DayPlan {
  const random = new Random('day', seed, person.login, day);
  const weekday = weekdayOf(day);
  const away = journey(seed, person, day);
  const place = away ?? person.home;
  const midnight = day * DAY - zoneOffsetMinutes(place.zone, day) * 60_000;
  const start = midnight + (person.hours.start + random.normal(0, person.hours.spread)) * HOUR;
  const length = Math.max(4, person.hours.length + random.normal(0, 0.5) - (weekday === 4 ? 0.8 : 0));
  const working = isService(person) || (weekday < 5 ? !onHoliday(seed, person, day) : random.chance(person.weekends));
  let where: DayPlan['where'] = 'home';
  let address = person.homeAddress;
  if (away) {
    where = 'travel';
    address = addressOf(place, 'fixed', 'hotel', seed, person.login, weekOf(day));
  } else if (person.officeAddress && weekday < 5 && random.chance(person.role.office)) {
    where = 'office';
    address = random.chance(0.9) ? person.officeAddress : officeAddress(person.office!, seed, slot(3, person.login, 'second'));
  } else if (random.chance(person.vpn)) {
    where = 'vpn';
    const exit = VPN_PLACES[slot(VPN_PLACES.length, person.login)];
    address = addressOf(PLACES[exit], 'fixed', 'vpn', slot(4, person.login, 'exit'));
  }
  return { day, working, place, address, where, midnight, start, end: start + length * HOUR, mobile: away ? addressOf(place, 'mobile', 'roaming', seed, person.login) : person.mobileAddress };
}

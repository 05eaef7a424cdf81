import { Random, stableHex, stableUuid } from './random';

export type BrowserFamily = 'Edge' | 'Chrome' | 'Firefox' | 'Safari' | 'Mobile Safari' | 'Chrome Mobile';
export interface Device {
  id: string;
  name: string;
  kind: 'laptop' | 'phone' | 'server';
  managed: boolean;
  /** As Entra ID prints it: `Windows10`, `MacOs`, `Ios 18`. */
  osLabel: string;
  osName: string;
  osVersion: string;
  deviceName: string;
  browser: BrowserFamily;
  /** Days between a browser's release and its installation here. */
  updateLag: number;
  cliVersion: string;
}
export interface UserAgent {
  original: string;
  name: string;
  version: string;
  deviceName: string;
  osName: string | null;
  osVersion: string | null;
}

const DAY = 86_400_000;
const CHROME_120 = Date.UTC(2023, 11, 5) / DAY;
const FIREFOX_121 = Date.UTC(2023, 11, 19) / DAY;
const SAFARI_17 = Date.UTC(2023, 8, 18) / DAY;

/** Version that a device runs at a time: the browsers' real four-week (Safari: yearly and bimonthly) release rhythm, minus its lag. */
function browserVersion(device: Device, time: number): string {
  const day = time / DAY - device.updateLag;
  if (device.browser === 'Firefox') return `${Math.max(115, 121 + Math.floor((day - FIREFOX_121) / 28))}.0`;
  if (device.browser === 'Safari' || device.browser === 'Mobile Safari') {
    const years = (day - SAFARI_17) / 365.25;
    const major = Math.max(15, 17 + Math.floor(years));
    return `${major}.${Math.floor((years - Math.floor(years)) * 6)}`;
  }
  return `${Math.max(100, 120 + Math.floor((day - CHROME_120) / 28))}.0.0`;
}

const OS_TOKEN: Record<string, string> = {
  Windows: 'Windows NT 10.0; Win64; x64',
  'Mac OS X': 'Macintosh; Intel Mac OS X 10_15_7',
  Linux: 'X11; Linux x86_64',
};

export function browserAgent(device: Device, time: number): UserAgent {
  const version = browserVersion(device, time);
  const major = version.split('.')[0];
  const os = OS_TOKEN[device.osName];
  const agent = (original: string): UserAgent => ({ original, name: device.browser, version, deviceName: device.deviceName, osName: device.osName, osVersion: device.osVersion });
  switch (device.browser) {
    case 'Firefox':
      return agent(`Mozilla/5.0 (${os}; rv:${version}) Gecko/20100101 Firefox/${version}`);
    case 'Safari':
      return agent(`Mozilla/5.0 (${os}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/${version} Safari/605.1.15`);
    case 'Mobile Safari':
      return agent(`Mozilla/5.0 (iPhone; CPU iPhone OS ${device.osVersion.replace('.', '_')} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/${version} Mobile/15E148 Safari/604.1`);
    case 'Chrome Mobile':
      return agent(`Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0 Mobile Safari/537.36`);
    case 'Edge':
      return agent(`Mozilla/5.0 (${os}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${major}.0.0.0 Safari/537.36 Edg/${version}.0`);
    default:
      return agent(`Mozilla/5.0 (${os}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${major}.0.0.0 Safari/537.36`);
  }
}

const CLI_PLATFORM: Record<string, string> = { Windows: 'os/windows#10 md/arch#amd64', 'Mac OS X': 'os/macos#23.6.0 md/arch#arm64', Linux: 'os/linux#6.8.0 md/arch#x86_64' };
/** The command line client on a device. */
export function cliAgent(device: Device): UserAgent {
  const platform = CLI_PLATFORM[device.osName] ?? CLI_PLATFORM.Linux;
  return {
    original: `aws-cli/${device.cliVersion} md/awscrt#0.23.8 ua/2.1 ${platform} lang/python#3.12.6 md/pyimpl#CPython`,
    name: 'aws-cli',
    version: device.cliVersion,
    deviceName: 'Spider',
    osName: null,
    osVersion: null,
  };
}
/** Programs with an SDK of their own (service accounts, notebooks). */
export function sdkAgent(version: string): UserAgent {
  return { original: `Boto3/${version} md/Botocore#${version} ua/2.0 os/linux#6.1.0 md/arch#x86_64 lang/python#3.11.9 Botocore/${version}`, name: 'Boto3', version, deviceName: 'Other', osName: 'Linux', osVersion: null };
}

const CLI_VERSIONS = ['2.15.30', '2.17.22', '2.18.5', '2.22.7'];
const WINDOWS: [string, string, string] = ['Windows', '10', 'Windows10'];
const MAC: [string, string, string] = ['Mac OS X', '10.15.7', 'MacOs'];
const LINUX: [string, string, string] = ['Linux', '', 'Linux'];

/** The computer somebody works on. `technical` people have more Macs and Linux machines. */
export function makeLaptop(seed: number, owner: string, technical: boolean, number = 0): Device {
  const random = new Random('laptop', seed, owner, number);
  const [osName, osVersion, osLabel] = [WINDOWS, MAC, LINUX][random.weighted(technical ? [35, 45, 20] : [72, 28, 0])];
  const browsers: BrowserFamily[] = osName === 'Windows' ? ['Edge', 'Chrome', 'Firefox'] : osName === 'Linux' ? ['Firefox', 'Chrome'] : ['Chrome', 'Safari', 'Firefox'];
  const browser = browsers[random.weighted([55, 35, 10].slice(0, browsers.length))];
  const tag = stableHex(6, 'asset', seed, owner, number).toUpperCase();
  return {
    id: stableUuid('device', seed, owner, number),
    name: `${osName === 'Windows' ? 'WIN' : osName === 'Linux' ? 'LNX' : 'MAC'}-${tag}`,
    kind: 'laptop',
    managed: osName !== 'Linux' && random.chance(0.93),
    osLabel,
    osName,
    osVersion,
    deviceName: osName === 'Mac OS X' ? 'Mac' : 'Other',
    browser,
    updateLag: random.int(1, 12),
    cliVersion: random.pick(CLI_VERSIONS),
  };
}

export function makePhone(seed: number, owner: string): Device {
  const random = new Random('phone', seed, owner);
  const apple = random.chance(0.58);
  const osVersion = apple ? random.pick(['17.6', '18.1', '18.3']) : '10';
  return {
    id: stableUuid('phone', seed, owner),
    name: `${apple ? 'iPhone' : 'Android'}-${stableHex(4, 'phone', seed, owner).toUpperCase()}`,
    kind: 'phone',
    managed: random.chance(0.6),
    osLabel: apple ? `Ios ${osVersion.split('.')[0]}` : 'Android',
    osName: apple ? 'iOS' : 'Android',
    osVersion,
    deviceName: apple ? 'iPhone' : 'Generic Smartphone',
    browser: apple ? 'Mobile Safari' : 'Chrome Mobile',
    updateLag: random.int(0, 20),
    cliVersion: CLI_VERSIONS[0],
  };
}

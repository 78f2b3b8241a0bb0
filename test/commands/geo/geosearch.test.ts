import { describe, expect, it } from 'vitest';
import { asin, cos, sin } from '../../../src/commands/geo/trigonometry.ts';
import { CommandSession } from '../../support/command-session.ts';

function sicily(version: 2 | 3 = 2): CommandSession {
  const session = new CommandSession({ version });
  session.call('GEOADD', 'Sicily', '13.361389', '38.115556', 'Palermo', '15.087269', '37.502669', 'Catania');
  return session;
}

describe('geospatial indexes', () => {
  it('are sorted sets of positions', () => {
    const session = sicily();
    expect(session.call('ZSCORE', 'Sicily', 'Palermo')).toBe('3479099956230698');
    expect(session.call('GEOPOS', 'Sicily', 'Palermo', 'none')).toEqual([
      ['13.36138933897018433', '38.11555639549629859'],
      null,
    ]);
    expect(session.call('GEOHASH', 'Sicily', 'Palermo', 'Catania', 'none')).toEqual([
      'sqc8b49rny0',
      'sqdtr74hyu0',
      null,
    ]);
    expect(session.call('GEODIST', 'Sicily', 'Palermo', 'Catania')).toBe('166274.1516');
    expect(session.call('GEODIST', 'Sicily', 'Palermo', 'Catania', 'KM')).toBe('166.2742');
    expect(session.call('GEODIST', 'Sicily', 'Palermo', 'none')).toBe(null);
  });

  it('are logged as such', () => {
    const session = sicily();
    expect(session.effectOf('GEOADD', 'Sicily', 'CH', 13, 38, 'Palermo', 14, 38, 'x')).toEqual({
      log: ['ZADD Sicily CH 3479065152021743 Palermo 3479107959090919 x'],
      events: ['zadd Sicily'],
      dirty: 2,
    });
    expect(session.call('GEOADD', 'Sicily', 'NX', 1, 1, 'x')).toBe(0);
  });

  it('are searched in circles and boxes', () => {
    const session = sicily();
    session.call('GEOADD', 'Sicily', '12.758489', '38.788135', 'edge1', '17.241510', '38.788135', 'edge2');
    const from = ['FROMLONLAT', 15, 37] as const;
    expect(session.call('GEOSEARCH', 'Sicily', ...from, 'BYRADIUS', 200, 'km', 'ASC')).toEqual(['Catania', 'Palermo']);
    expect(
      session.call('GEOSEARCH', 'Sicily', ...from, 'BYBOX', 400, 400, 'km', 'ASC', 'WITHCOORD', 'WITHDIST'),
    ).toEqual([
      ['Catania', '56.4413', ['15.08726745843887329', '37.50266842333162032']],
      ['Palermo', '190.4424', ['13.36138933897018433', '38.11555639549629859']],
      ['edge2', '279.7403', ['17.24151045083999634', '38.78813451624225195']],
      ['edge1', '279.7405', ['12.7584877610206604', '38.78813451624225195']],
    ]);
    expect(session.call('GEOSEARCH', 'Sicily', ...from, 'BYRADIUS', 500, 'km', 'COUNT', 1)).toEqual(['Catania']);
    expect(session.call('GEORADIUS', 'Sicily', 15, 37, 200, 'km', 'DESC')).toEqual(['Palermo', 'Catania']);
    expect(session.call('GEORADIUSBYMEMBER_RO', 'Sicily', 'Catania', 1, 'm', 'WITHHASH')).toEqual([
      ['Catania', 3479447370796909],
    ]);
    expect(session.call('GEORADIUSBYMEMBER', 'none', 'x', 'not read', 'either')).toEqual([]);
  });

  it('have their results stored', () => {
    const session = sicily();
    const search = ['FROMMEMBER', 'Catania', 'BYRADIUS', 300, 'km'] as const;
    expect(session.effectOf('GEOSEARCHSTORE', 'found', 'Sicily', ...search)).toEqual({
      log: ['GEOSEARCHSTORE found Sicily FROMMEMBER Catania BYRADIUS 300 km'],
      events: ['new found', 'geosearchstore found'],
      dirty: 2,
    });
    expect(session.call('ZSCORE', 'found', 'Palermo')).toBe('3479099956230698');
    expect(session.call('GEORADIUSBYMEMBER', 'Sicily', 'Catania', 300, 'km', 'STOREDIST', 'found')).toBe(2);
    expect(session.call('ZRANGE', 'found', 0, -1, 'WITHSCORES')).toEqual([
      'Catania',
      '0',
      'Palermo',
      '166.27415156960032',
    ]);
    expect(session.effectOf('GEOSEARCHSTORE', 'found', 'none', ...search).events).toEqual([
      'keymiss none',
      'del found',
    ]);
    session.verify();
  });

  it('answer coordinates as numbers in RESP3', () => {
    expect(sicily(3).call('GEOPOS', 'Sicily', 'Palermo')).toEqual([[13.361389338970184, 38.1155563954963]]);
  });

  it('refuse what makes no sense', () => {
    const session = sicily();
    expect(session.error('GEOADD', 'Sicily', 200, 100, 'x')).toBe(
      'ERR invalid longitude,latitude pair 200.000000,100.000000',
    );
    expect(session.error('GEOADD', 'Sicily', 'NX', 'XX', 1, 1, 'x')).toBe('ERR syntax error');
    expect(session.error('GEODIST', 'Sicily', 'a', 'b', 'ly')).toBe(
      'ERR unsupported unit provided. please use M, KM, FT, MI',
    );
    expect(session.error('GEOSEARCH', 'Sicily', 'ASC', 'BYRADIUS', 1, 'm', 'DESC', 'ASC')).toBe(
      'ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for GEOSEARCH',
    );
    expect(session.error('GEOSEARCH', 'Sicily', 'FROMLONLAT', 1, 1, 'ASC', 'DESC')).toBe(
      'ERR exactly one of BYRADIUS and BYBOX can be specified for GEOSEARCH',
    );
    expect(session.error('GEOSEARCH', 'Sicily', 'FROMMEMBER', 'x', 'BYRADIUS', 1, 'm')).toBe(
      'ERR could not decode requested zset member',
    );
    expect(session.error('GEORADIUS', 'Sicily', 1, 1, -1, 'm')).toBe('ERR radius cannot be negative');
    expect(session.error('GEORADIUS', 'Sicily', 1, 1, 1, 'm', 'COUNT', 0)).toBe('ERR COUNT must be > 0');
    expect(session.error('GEORADIUS', 'Sicily', 1, 1, 1, 'm', 'ANY')).toBe(
      'ERR the ANY argument requires COUNT argument',
    );
    expect(session.error('GEORADIUS', 'Sicily', 1, 1, 1, 'm', 'WITHDIST', 'STORE', 'x')).toBe(
      'ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options',
    );
    expect(session.error('GEORADIUS_RO', 'Sicily', 1, 1, 1, 'm', 'STORE', 'x')).toBe('ERR syntax error');
  });
});

describe('trigonometric functions', () => {
  it('are rounded correctly', () => {
    // Calculated with 200 bits.
    expect([sin(0.5), sin(-3), sin(2.5), sin(1e-8)]).toEqual([
      0.479425538604203, -0.1411200080598672, 0.5984721441039565, 1e-8,
    ]);
    expect([cos(0), cos(0.5), cos(-3), cos(1.5707963267948966)]).toEqual([
      1, 0.8775825618903728, -0.9899924966004454, 6.123233995736766e-17,
    ]);
    expect([asin(0), asin(0.25), asin(0.9), asin(1)]).toEqual([
      0, 0.25268025514207865, 1.1197695149986342, 1.5707963267948966,
    ]);
  });

  it('are near those of the language everywhere', () => {
    for (let i = -3141; i <= 3141; i++) {
      const x = i / 1000;
      expect(Math.abs(sin(x) - Math.sin(x))).toBeLessThanOrEqual(2 ** -52);
      expect(Math.abs(cos(x) - Math.cos(x))).toBeLessThanOrEqual(2 ** -52);
      expect(Math.abs(asin(Math.abs(x) / 3.2) - Math.asin(Math.abs(x) / 3.2))).toBeLessThanOrEqual(2 ** -51);
    }
  });
});

import { Random } from './random.js';

/** Samples in a second, of a byte each. */
const RATE = 8_000;
const HEADER = 44;
/** Seconds between two changes of the tone, about a syllable. */
const SYLLABLE = 0.18;
const SYLLABLES_OF_TURN = 24;
const CHUNK = 65_536;
const SILENCE = 128;

export interface SimulatedAudio {
  bytes: number;
  /** The bytes from, inclusive, to, exclusive. */
  read(from: number, to: number): Generator<Buffer>;
}

/** Two tones of speech that take turns, as a WAV file that is made as it is read. The same for the same name. */
export function simulatedAudio(name: string, seconds: number): SimulatedAudio {
  const samples = Math.round(seconds * RATE);
  const random = new Random('audio', name);
  const tones = Array.from({ length: SYLLABLES_OF_TURN * 2 }, (_, index) => {
    const isPause = random.chance(0.15);
    return isPause ? 0 : (index < SYLLABLES_OF_TURN ? 210 : 120) * (0.85 + 0.3 * random.unit());
  });
  const header = wavHeader(samples);
  const byteAt = (at: number): number => (at < HEADER ? (header[at] ?? 0) : sampleAt(tones, at - HEADER));
  return {
    bytes: HEADER + samples,
    *read(from, to) {
      for (let at = from; at < to; at += CHUNK) {
        const chunk = Buffer.alloc(Math.min(CHUNK, to - at));
        for (let index = 0; index < chunk.length; index += 1) chunk[index] = byteAt(at + index);
        yield chunk;
      }
    },
  };
}

function sampleAt(tones: readonly number[], sample: number): number {
  const seconds = sample / RATE;
  const syllable = Math.floor(seconds / SYLLABLE);
  const tone = tones[syllable % tones.length] ?? 0;
  if (tone === 0) return SILENCE;
  const within = seconds / SYLLABLE - syllable;
  const phase = 2 * Math.PI * tone * seconds;
  const wave = Math.sin(phase) + 0.5 * Math.sin(2 * phase) + 0.25 * Math.sin(5 * phase);
  return Math.round(SILENCE + 48 * Math.sin(Math.PI * within) * wave);
}

function wavHeader(samples: number): Buffer {
  const header = Buffer.alloc(HEADER);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(HEADER - 8 + samples, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  // PCM, of one channel.
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(RATE, 24);
  header.writeUInt32LE(RATE, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(samples, 40);
  return header;
}

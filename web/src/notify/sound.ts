/** The sounds of a notice, made on the spot: no file is fetched, none has to be kept. */
import type { Sound } from "../api/types";

interface Note {
  hertz: number;
  /** When it begins, and how long it takes to fade, in seconds. */
  at: number;
  fades: number;
  wave: OscillatorType;
  /** Where its pitch glides to. */
  to?: number;
}

const SOUNDS: Record<Exclude<Sound, "off">, Note[]> = {
  ember: [
    { hertz: 587, at: 0, fades: 0.5, wave: "sine" },
    { hertz: 880, at: 0.11, fades: 0.7, wave: "sine" },
  ],
  drop: [{ hertz: 1_150, at: 0, fades: 0.22, wave: "sine", to: 520 }],
  knock: [
    { hertz: 190, at: 0, fades: 0.09, wave: "triangle", to: 120 },
    { hertz: 190, at: 0.14, fades: 0.09, wave: "triangle", to: 120 },
  ],
};

/** A flood of messages is one sound. */
const BETWEEN_MS = 1_500;
const LOUDEST = 0.35;

let context: AudioContext | undefined;
let playedAt = -Infinity;

/** Plays a sound, unless one was played a moment ago. Says whether it was heard of. */
export function play(sound: Sound, percent: number, { again = false } = {}): boolean {
  if (sound === "off" || percent <= 0) return false;
  const now = performance.now();
  if (!again && now - playedAt < BETWEEN_MS) return false;
  playedAt = now;
  context ??= new AudioContext();
  // A browser keeps pages silent until somebody has touched them.
  void context.resume();
  for (const note of SOUNDS[sound]) sing(context, note, (percent / 100) ** 2 * LOUDEST);
  return true;
}

function sing(audio: AudioContext, { hertz, at, fades, wave, to }: Note, loudness: number): void {
  const start = audio.currentTime + at;
  const tone = audio.createOscillator();
  const level = audio.createGain();
  tone.type = wave;
  tone.frequency.setValueAtTime(hertz, start);
  if (to) tone.frequency.exponentialRampToValueAtTime(to, start + fades);
  level.gain.setValueAtTime(0, start);
  level.gain.linearRampToValueAtTime(loudness, start + 0.012);
  level.gain.exponentialRampToValueAtTime(0.0001, start + fades);
  tone.connect(level).connect(audio.destination);
  tone.start(start);
  tone.stop(start + fades);
}

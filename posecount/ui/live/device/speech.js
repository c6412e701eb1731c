// What is heard: numbers and sentences spoken by the browser, or a click and a chime. Nothing queues.

import { read, write } from "./memory.js";

const SOUND = "posecount_sound", VOLUME = "posecount_volume";
const REASON_AFTER_MS = 3000, REASON_EVERY_MS = 8000;
const isNumber = (words) => /^\d+$/.test(words);

// The voice for a language: of the same country, or else of another one that speaks it; null lets the browser choose.
const voiceOf = (wanted) => {
  const voices = window.speechSynthesis.getVoices();
  const matches = (fits) => voices.find(({ lang }) => fits(lang.replace("_", "-").toLowerCase()));
  const [language] = wanted.toLowerCase().split("-");
  return matches((lang) => lang === wanted.toLowerCase()) ?? matches((lang) => lang.split("-")[0] === language) ?? null;
};

export class Speech {
  // sound: a select with "voice", "sounds" and "silent"; volume: a range from 0 to 1.
  constructor(sound, volume) {
    this.sound = sound;
    this.volume = volume;
    sound.value = read(SOUND) ?? "voice";
    if (!sound.value) sound.value = "voice";
    volume.value = read(VOLUME) ?? "1";
    sound.onchange = () => { write(SOUND, sound.value); if (sound.value !== "voice") window.speechSynthesis?.cancel(); };
    volume.onchange = () => { write(VOLUME, volume.value); this.say("1"); };
    window.speechSynthesis?.getVoices();  // browsers load them when they are first asked
    this.reason = null;
    this.saidReason = -Infinity;
    this.watch = setInterval(() => this.complain(), 500);
  }

  // Called by a click: browsers are silent before one.
  unlock() {
    if (window.speechSynthesis) {
      const nothing = new SpeechSynthesisUtterance(" ");
      nothing.volume = 0;
      window.speechSynthesis.speak(nothing);
    }
    const Context = window.AudioContext ?? window.webkitAudioContext;
    this.audio ??= Context ? new Context() : null;
    this.audio?.resume?.().catch(() => {});
  }

  playing(isOn) {
    this.isOn = isOn;
    if (!isOn) window.speechSynthesis?.cancel();
  }

  hear(told, known) {
    // While a plan leads, it says the numbers: those of the set.
    const isFree = ["free", "paused", undefined].includes(known.training?.state);
    const numbers = isFree ? (told.completed ?? []).map(({ number }) => String(number)) : [];
    const sentences = told.said ?? [];
    const words = [...numbers, ...sentences];
    // One thing at a time: of several that come at once, a sentence, or else the last number.
    if (words.length) this.say(words.findLast((each) => !isNumber(each)) ?? words.at(-1));
    this.language = known.language;
    if ("reason" in told) {
      this.reason = known.aloud ?? told.reason;
      this.reasonSince = performance.now();
    }
  }

  // Says why nothing counts, once that has lasted.
  complain() {
    const now = performance.now();
    if (!this.isOn || !this.reason || now - this.reasonSince < REASON_AFTER_MS) return;
    if (now - this.saidReason < REASON_EVERY_MS || window.speechSynthesis?.speaking) return;
    this.saidReason = now;
    this.say(this.reason);
  }

  say(words) {
    if (this.sound.value === "silent") return;
    const speaks = this.sound.value === "voice" && window.speechSynthesis?.getVoices().length;
    if (!speaks) {
      if (isNumber(words)) this.beep(1200, 0.05);
      else this.beep(660, 0.4);
      return;
    }
    const synthesis = window.speechSynthesis;
    synthesis.cancel();  // what is still being said is outdated
    const utterance = new SpeechSynthesisUtterance(words);
    // Numbers are spoken in the browser's language, whichever; sentences too, or else they are English.
    const isOwn = isNumber(words) || navigator.language.toLowerCase().split("-")[0] === this.language;
    utterance.lang = isOwn ? navigator.language : "en-GB";
    utterance.voice = voiceOf(utterance.lang);
    utterance.volume = Number(this.volume.value);
    utterance.rate = isNumber(words) ? 1.2 : 1;
    synthesis.speak(utterance);
  }

  beep(frequency, seconds) {
    if (!this.audio) return;
    const { currentTime } = this.audio, oscillator = this.audio.createOscillator(), gain = this.audio.createGain();
    oscillator.frequency.value = frequency;
    gain.gain.setValueAtTime(0.4 * Number(this.volume.value), currentTime);
    gain.gain.exponentialRampToValueAtTime(0.001, currentTime + seconds);
    oscillator.connect(gain).connect(this.audio.destination);
    oscillator.start();
    oscillator.stop(currentTime + seconds);
  }

  leave() {
    clearInterval(this.watch);
    window.speechSynthesis?.cancel();
    this.audio?.close?.();
  }
}

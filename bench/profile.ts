import { heaviestFunctions } from './compare/profile.js';

const [, , , file] = process.argv;
if (file === undefined) throw new Error('which file? node bench/run.mjs profile FILE.cpuprofile');
console.log(await heaviestFunctions(file));

/** Registers the gradients of all tfjs ops. */

import './core.ts';
// tfjs-core's CommonJS entry has none of them, and the file that registers them is an ES module, which Node cannot require: the
// relative path makes every bundle (tests as well, which leave packages out) take it in. Gradients and the engine are registries on
// the global object, so they meet the one tfjs-core instance that everything else uses.
import '../../node_modules/@tensorflow/tfjs-core/dist/register_all_gradients.js';

// Loaded before each test file when CRESSET_TEST_SEED is set: replays the seed that fast-check printed with a failure.
import { configureGlobal } from 'fast-check'

configureGlobal({ seed: Number(process.env['CRESSET_TEST_SEED']) })

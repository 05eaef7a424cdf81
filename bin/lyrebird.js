#!/usr/bin/env node
'use strict';
// The sources are TypeScript; tsx compiles them on the way in, in this process and in its worker threads.
require('tsx/cjs');
require('../models/cli/main.ts');

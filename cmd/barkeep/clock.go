package main

import "time"

// now is the program's clock for everything that depends on what the market is
// doing. Tests of the program put another one here.
var now = time.Now

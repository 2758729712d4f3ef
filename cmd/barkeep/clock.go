package main

import "time"

// now is the program's clock for everything that depends on what the market is
// doing; the configuration sets it (calendar.now).
var now = time.Now

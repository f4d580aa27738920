//go:build tools

// Locks h2spec and what it needs; `tests/hostile/run` builds it.
package hostile

import _ "github.com/summerwind/h2spec/cmd/h2spec"

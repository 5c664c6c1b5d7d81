package orders

// @ finding automatic: fix, explain-diagnostic
import (
	"os"
)

// @ invoked: explain-file

// Line is a line of an order.
type Line struct {
	// @ invoked: refactor, explain, suggest
	Name  string
	Price int
}

// Total is the sum of an order's lines.
func Total(lines []Line) int {
	// @ invoked: refactor, explain, suggest, tests
	// @ lines 1 invoked: refactor, explain, suggest, extract
	// @ automatic:
	// @ finding automatic: fix, explain-diagnostic
	sum := 0
	for _, line := range lines {
		sum += line.Price
	}
	return sum
}

func late(paid bool, days int) bool {
	// @ invoked: refactor, explain, suggest, document, simplify, tests
	if paid {
		return false
	} else if days < 30 {
		return false
	}
	return true
}

// read gives what other shops send.
func read(path string) []byte {
	// @ invoked: complete, refactor, explain, suggest, handle-errors, tests
	// TODO: look at the version
	text, _ := os.ReadFile(path)
	return text
}

// Keep holds anything.
func Keep(value interface{}) {
	// @ invoked: refactor, explain, suggest, modernise, tests
	kept = append(kept, value)
}

// glm: give the amount in cents
func amount(price int) int {
	// @ invoked: edit, refactor, explain, suggest, tests
	return price
}

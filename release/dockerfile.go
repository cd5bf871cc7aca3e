package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// dockerfile holds the last stage of a Dockerfile.
type dockerfile struct {
	config imageConfig
	copies []fileCopy
}

// imageConfig is the configuration that a container is run with, in the words of Docker and the
// OCI.
type imageConfig struct {
	User         string
	ExposedPorts map[string]struct{} `json:",omitempty"`
	Env          []string            `json:",omitempty"`
	Entrypoint   []string            `json:",omitempty"`
	Volumes      map[string]struct{} `json:",omitempty"`
	Labels       map[string]string   `json:",omitempty"`
	Healthcheck  *healthcheck        `json:",omitempty"`
}

// healthcheck is Docker's extension of the OCI's configuration.
type healthcheck struct {
	Test                                          []string
	Interval, Timeout, StartPeriod, StartInterval time.Duration
	Retries                                       int
}

// fileCopy is an instruction to copy a file or folder of the stage that builds.
type fileCopy struct {
	from, to string
	uid      int
}

// readDockerfile reads the last stage of a Dockerfile, with the arguments of the build. It knows
// the instructions that Sandkasse's uses, in the form in which they stand there; any other is an
// error.
func readDockerfile(text string, arguments map[string]string) (dockerfile, error) {
	d := dockerfile{config: imageConfig{
		ExposedPorts: map[string]struct{}{}, Volumes: map[string]struct{}{}, Labels: map[string]string{},
	}}
	known := map[string]string{}
	for _, line := range finalInstructions(text) {
		instruction, rest, _ := strings.Cut(line, " ")
		rest = strings.TrimSpace(rest)
		if err := d.apply(instruction, rest, known, arguments); err != nil {
			return dockerfile{}, fmt.Errorf("in the Dockerfile, %q: %w", line, err)
		}
	}
	return d, nil
}

// finalInstructions returns the instructions after the last FROM, and that one, each in one line.
func finalInstructions(text string) (found []string) {
	lines := []string{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	for line := range strings.Lines(strings.ReplaceAll(strings.Join(lines, "\n"), "\\\n", " ")) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "FROM ") {
			found = nil
		}
		found = append(found, line)
	}
	return found
}

// apply carries out one instruction. The map known has the arguments that were declared.
func (d *dockerfile) apply(instruction, rest string, known, arguments map[string]string) error {
	words, err := splitWords(rest, known)
	if err != nil {
		return err
	}
	switch instruction {
	case "FROM":
		if rest != "scratch" {
			return errors.New("the base must be scratch")
		}
	case "ARG":
		name, value, _ := strings.Cut(rest, "=")
		if given, ok := arguments[name]; ok {
			value = given
		}
		known[name] = value
	case "COPY":
		return d.copy(words)
	case "USER":
		d.config.User = rest
	case "ENV":
		d.config.Env = append(d.config.Env, words...)
	case "LABEL":
		for _, word := range words {
			name, value, _ := strings.Cut(word, "=")
			d.config.Labels[name] = value
		}
	case "VOLUME":
		d.config.Volumes[rest] = struct{}{}
	case "EXPOSE":
		d.config.ExposedPorts[rest+"/tcp"] = struct{}{}
	case "ENTRYPOINT":
		return json.Unmarshal([]byte(rest), &d.config.Entrypoint)
	case "HEALTHCHECK":
		d.config.Healthcheck, err = readHealthcheck(rest)
		return err
	default:
		return errors.New("this instruction is not known here")
	}
	return nil
}

// copy reads the words of COPY --from=build [--chown=UID:UID] FROM TO.
func (d *dockerfile) copy(words []string) error {
	if len(words) < 3 || words[0] != "--from=build" {
		return errors.New("it must be COPY --from=build FROM TO")
	}
	c := fileCopy{from: words[len(words)-2], to: words[len(words)-1]}
	for _, option := range words[1 : len(words)-2] {
		owner, found := strings.CutPrefix(option, "--chown=")
		user, group, _ := strings.Cut(owner, ":")
		uid, err := strconv.Atoi(user)
		if !found || err != nil || user != group {
			return fmt.Errorf("%s is not known here", option)
		}
		c.uid = uid
	}
	d.copies = append(d.copies, c)
	return nil
}

// readHealthcheck reads what follows HEALTHCHECK, with a command in JSON.
func readHealthcheck(text string) (*healthcheck, error) {
	options, command, found := strings.Cut(text, " CMD ")
	if !found {
		return nil, errors.New("it must end in CMD and a list")
	}
	check := &healthcheck{}
	for _, option := range strings.Fields(options) {
		name, value, _ := strings.Cut(option, "=")
		duration, err := time.ParseDuration(value)
		switch name {
		case "--interval":
			check.Interval = duration
		case "--timeout":
			check.Timeout = duration
		case "--start-period":
			check.StartPeriod = duration
		case "--start-interval":
			check.StartInterval = duration
		case "--retries":
			check.Retries, err = strconv.Atoi(value)
		default:
			err = fmt.Errorf("%s is not known here", name)
		}
		if err != nil {
			return nil, err
		}
	}
	var words []string
	if err := json.Unmarshal([]byte(command), &words); err != nil {
		return nil, err
	}
	check.Test = append([]string{"CMD"}, words...)
	return check, nil
}

// splitWords splits text at spaces outside double quotes, and puts in the values of $NAME.
func splitWords(text string, values map[string]string) (words []string, err error) {
	var word strings.Builder
	quoted, begun := false, false
	for _, r := range text + " " {
		switch {
		case r == '"':
			quoted, begun = !quoted, true
		case r == ' ' && !quoted:
			if begun {
				words = append(words, word.String())
				word.Reset()
			}
			begun = false
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	if quoted {
		return nil, errors.New("a quotation mark is missing")
	}
	for i, word := range words {
		name, value, found := strings.Cut(word, "=$")
		if !found {
			continue
		}
		given, declared := values[value]
		if !declared {
			return nil, fmt.Errorf("no ARG declares %s", value)
		}
		words[i] = name + "=" + given
	}
	return words, nil
}

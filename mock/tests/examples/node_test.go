package examples

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// compiled returns an example in TypeScript as JavaScript, checked by the options in tsconfig.json,
// which are strict.
func compiled(t *testing.T, file string) string {
	t.Helper()
	modules := nodeModules(t, "typescript", "@types/node")
	node := tool(t, "node", "apt-get install nodejs npm")
	dir, err := os.MkdirTemp(modules, "example-") // below the modules that it imports
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for _, name := range []string{filepath.Base(file), "token.ts", "package.json", "tsconfig.json"} {
		text, err := os.ReadFile(filepath.Join(filepath.Dir(file), name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	output, err := exec.CommandContext(t.Context(), node, filepath.Join(modules, "node_modules/typescript/bin/tsc"),
		"--project", dir, "--noEmit", "false", "--outDir", filepath.Join(dir, "out")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return filepath.Join(dir, "out", strings.TrimSuffix(filepath.Base(file), ".ts")+".js")
}

// isProject holds the settings of the examples in TypeScript, which each of them is compiled with.
func isProject(t *testing.T, file string) {
	if text, err := os.ReadFile(file); err != nil || len(text) == 0 {
		t.Errorf("%d bytes: %v", len(text), err)
	}
}

// csharpParser prints the place of each error in a file of C#.
const csharpParser = `
import { readFileSync } from 'node:fs'
import { Language, Parser } from 'web-tree-sitter'
await Parser.init()
const parser = new Parser()
parser.setLanguage(await Language.load('node_modules/tree-sitter-c-sharp/tree-sitter-c_sharp.wasm'))
const visit = (node) => {
  if (node.isError || node.isMissing) console.log(node.startPosition.row + 1, node.text.slice(0, 80))
  else if (node.hasError) node.children.forEach(visit)
}
visit(parser.parse(readFileSync(0, 'utf8')).rootNode)
`

// parsesAs returns a check that parses a file, and finds the fault in one that was broken. faults
// returns what is wrong with a text, and stands for a program that compiles it, which is not there.
func parsesAs(faults func(t *testing.T, text string) string) func(*testing.T, string) {
	return func(t *testing.T, file string) {
		t.Helper()
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "parse this file; they do not run it.") {
			t.Error("the file does not say that it is only parsed")
		}
		if found := faults(t, string(text)); found != "" {
			t.Error(found)
		}
		if faults(t, strings.Replace(string(text), ");\n", ")\n", 1)) == "" {
			t.Error("the parser passes a file without a semicolon")
		}
	}
}

// compilesTypeScript checks the types of an example that needs Docker.
func compilesTypeScript(t *testing.T, file string) {
	nodeModules(t, "testcontainers")
	compiled(t, file)
}

// javaParser prints what the compiler of Java says about the form of a file. It looks up no names,
// so that the libraries of the file are not needed.
const javaParser = `
import com.sun.source.util.JavacTask;
import javax.tools.*;

class Parse {
    public static void main(String[] files) throws Exception {
        var compiler = ToolProvider.getSystemJavaCompiler();
        var faults = new DiagnosticCollector<JavaFileObject>();
        var manager = compiler.getStandardFileManager(faults, null, null);
        var units = manager.getJavaFileObjects(files);
        ((JavacTask) compiler.getTask(null, manager, faults, null, null, units)).parse();
        faults.getDiagnostics().forEach(System.out::println);
    }
}
`

func javaFaults(t *testing.T, text string) string {
	t.Helper()
	java, dir := tool(t, "java", "apt-get install default-jdk-headless"), t.TempDir()
	parser, file := filepath.Join(dir, "Parse.java"), filepath.Join(dir, "Example.java")
	for name, content := range map[string]string{parser: javaParser, file: text} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	output, err := exec.CommandContext(t.Context(), java, parser, file).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return string(output)
}

func csharpFaults(t *testing.T, text string) string {
	t.Helper()
	modules := nodeModules(t, "web-tree-sitter", "tree-sitter-c-sharp")
	command := exec.CommandContext(t.Context(), tool(t, "node", "apt-get install nodejs npm"),
		"--input-type=module", "--eval", csharpParser)
	command.Dir = modules
	// The grammar is older than the directives of programs that are one file.
	command.Stdin = strings.NewReader(regexp.MustCompile(`(?m)^#:.*`).ReplaceAllString(text, ""))
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return string(output)
}

// Command resource-health reads a resource as JSON and prints what Argo CD and Flux show of it; it never judges by itself.
//
// The one argument is the Lua health check that Argo CD is given. It runs as in Argo CD: its engine, the libraries
// that it opens where `useOpenLibs` is not set, the resource as the global `obj`, a second of time. Flux reads kstatus.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"slices"
	"time"

	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

// Health is one tool's word about a resource, and its sentence.
type Health struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

// What Argo CD takes as a status; anything else it shows as Unknown.
var known = []string{"Unknown", "Progressing", "Suspended", "Healthy", "Degraded", "Missing"}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: resource-health health.lua < resource.json")
	}
	script, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	// Through unstructured, as both tools do it: there, integers are no floats.
	var resource unstructured.Unstructured
	if err := json.NewDecoder(os.Stdin).Decode(&resource); err != nil {
		log.Fatalf("no resource as JSON on standard input: %v", err)
	}
	argocd, err := argoCD(resource.Object, string(script))
	if err != nil {
		log.Fatalf("the Lua health check failed: %v", err)
	}
	flux, err := status.Compute(&resource)
	if err != nil {
		log.Fatalf("kstatus failed: %v", err)
	}
	err = json.NewEncoder(os.Stdout).Encode(map[string]Health{
		"argocd":  argocd,
		"kstatus": {Status: string(flux.Status), Message: flux.Message},
	})
	if err != nil {
		log.Fatal(err)
	}
}

// argoCD runs the script; an error where it returns no table.
func argoCD(object map[string]any, script string) (Health, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	// No string, math, io or debug; of os, Argo CD opens only date and time, which a health check of ours never needs.
	for name, open := range map[string]lua.LGFunction{
		lua.LoadLibName: lua.OpenPackage, lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable,
	} {
		state.Push(state.NewFunction(open))
		state.Push(lua.LString(name))
		state.Call(1, 0)
	}
	limit, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	state.SetContext(limit)
	state.SetGlobal("obj", toLua(state, object))
	if err := state.DoString(script); err != nil {
		return Health{}, err
	}
	result, ok := state.Get(-1).(*lua.LTable)
	if !ok {
		return Health{}, fmt.Errorf("it returned a %s, not a table", state.Get(-1).Type())
	}
	health := Health{Status: result.RawGetString("status").String()}
	if message, ok := result.RawGetString("message").(lua.LString); ok {
		health.Message = string(message)
	}
	if !slices.Contains(known, health.Status) {
		return Health{Status: "Unknown", Message: "Lua returned an invalid health status"}, nil
	}
	return health, nil
}

// toLua makes a Lua value of a JSON value.
func toLua(state *lua.LState, value any) lua.LValue {
	switch known := value.(type) {
	case bool:
		return lua.LBool(known)
	case int64:
		return lua.LNumber(known)
	case float64:
		return lua.LNumber(known)
	case string:
		return lua.LString(known)
	case []any:
		table := state.CreateTable(len(known), 0)
		for _, item := range known {
			table.Append(toLua(state, item))
		}
		return table
	case map[string]any:
		table := state.CreateTable(0, len(known))
		for key, item := range known {
			table.RawSetString(key, toLua(state, item))
		}
		return table
	default:
		return lua.LNil
	}
}

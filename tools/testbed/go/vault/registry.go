package main

import (
	"maps"
	"slices"

	gcpauth "github.com/hashicorp/vault-plugin-auth-gcp/plugin"
	jwt "github.com/hashicorp/vault-plugin-auth-jwt"
	kubernetes "github.com/hashicorp/vault-plugin-auth-kubernetes"
	kv "github.com/hashicorp/vault-plugin-secrets-kv"
	"github.com/hashicorp/vault/builtin/credential/approle"
	awsauth "github.com/hashicorp/vault/builtin/credential/aws"
	"github.com/hashicorp/vault/builtin/credential/cert"
	"github.com/hashicorp/vault/builtin/credential/ldap"
	"github.com/hashicorp/vault/builtin/credential/userpass"
	"github.com/hashicorp/vault/builtin/logical/pki"
	"github.com/hashicorp/vault/sdk/helper/consts"
	"github.com/hashicorp/vault/sdk/logical"
)

var logicalBackends = map[string]logical.Factory{
	"kv":  kv.Factory,
	"pki": pki.Factory,
}

var credentialBackends = map[string]logical.Factory{
	"approle":    approle.Factory,
	"aws":        awsauth.Factory,
	"cert":       cert.Factory,
	"gcp":        gcpauth.Factory,
	"jwt":        jwt.Factory,
	"kubernetes": kubernetes.Factory,
	"ldap":       ldap.Factory,
	"oidc":       jwt.Factory,
	"userpass":   userpass.Factory,
}

// registry tells Vault's plugin catalogue which backends are compiled in.
type registry struct{}

func factories(pluginType consts.PluginType) map[string]logical.Factory {
	switch pluginType {
	case consts.PluginTypeSecrets:
		return logicalBackends
	case consts.PluginTypeCredential:
		return credentialBackends
	default:
		return nil
	}
}

func (registry) Contains(name string, pluginType consts.PluginType) bool {
	_, found := factories(pluginType)[name]
	return found
}

func (registry) Get(name string, pluginType consts.PluginType) (func() (interface{}, error), bool) {
	factory, found := factories(pluginType)[name]
	return func() (interface{}, error) { return factory, nil }, found
}

func (registry) Keys(pluginType consts.PluginType) []string {
	return slices.Sorted(maps.Keys(factories(pluginType)))
}

func (registry) DeprecationStatus(string, consts.PluginType) (consts.DeprecationStatus, bool) {
	return consts.Supported, true
}

func (registry) IsBuiltinEntPlugin(string, consts.PluginType) bool {
	return false
}

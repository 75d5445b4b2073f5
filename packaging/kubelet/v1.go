// Adds the versions v1 to the kubelet's own package, with the types that newer kubelets have. The rest of the
// package, which registers, matches, starts, decodes and caches, is unchanged.
package plugin

import (
	"k8s.io/apimachinery/pkg/conversion"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	configv1 "k8s.io/kubelet/config/v1"
	credentialproviderv1 "k8s.io/kubelet/pkg/apis/credentialprovider/v1"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
)

func init() {
	utilruntime.Must(configv1.AddToScheme(scheme))
	utilruntime.Must(scheme.AddConversionFunc((*configv1.CredentialProviderConfig)(nil),
		(*kubeletconfig.CredentialProviderConfig)(nil), fromV1))
	version := credentialproviderv1.SchemeGroupVersion
	apiVersions[version.String()] = version
	// Newer kubelets refuse unknown and repeated fields.
	codecs = serializer.NewCodecFactory(scheme, serializer.EnableStrict)
}

func fromV1(from, to interface{}, _ conversion.Scope) error {
	config := to.(*kubeletconfig.CredentialProviderConfig)
	for _, provider := range from.(*configv1.CredentialProviderConfig).Providers {
		var env []kubeletconfig.ExecEnvVar
		for _, variable := range provider.Env {
			env = append(env, kubeletconfig.ExecEnvVar(variable))
		}
		config.Providers = append(config.Providers, kubeletconfig.CredentialProvider{
			Name:                 provider.Name,
			MatchImages:          provider.MatchImages,
			DefaultCacheDuration: provider.DefaultCacheDuration,
			APIVersion:           provider.APIVersion,
			Args:                 provider.Args,
			Env:                  env,
		})
	}
	return nil
}

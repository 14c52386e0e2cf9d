// SPDX-License-Identifier: Apache-2.0
// Certificates of a test's own.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include <boost/test/unit_test.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace rollcall {

/// Writes a certificate for 127.0.0.1 and localhost that vouches for itself, and its key.
inline void write_certificate(const std::string& certificate_file, const std::string& key_file,
                              const std::string& name = "first") {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
  auto* const x509 = certificate.get();
  X509_set_version(x509, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
  X509_set_pubkey(x509, key.get());
  auto* const subject = X509_get_subject_name(x509);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(x509, subject);
  for (const auto& [kind, value] : {std::pair{NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost"},
                                    std::pair{NID_basic_constraints, "critical,CA:TRUE"}}) {
    auto* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value);
    X509_add_ext(x509, extension, -1);
    X509_EXTENSION_free(extension);
  }
  BOOST_REQUIRE(X509_sign(x509, key.get(), EVP_sha256()) != 0);

  const auto write = [](const std::string& file, const auto& put) {
    const std::unique_ptr<std::FILE, decltype(&std::fclose)> out(std::fopen(file.c_str(), "w"), &std::fclose);
    BOOST_REQUIRE(out != nullptr);
    BOOST_REQUIRE(put(out.get()) == 1);
  };
  write(certificate_file, [&](std::FILE* out) { return PEM_write_X509(out, x509); });
  write(key_file, [&](std::FILE* out) {
    return PEM_write_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

}  // namespace rollcall
